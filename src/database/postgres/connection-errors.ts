/** What went wrong between us and a PostgreSQL server, told apart from a statement that it refused. */
import { BackendError } from '../../core/error.js';
import type { DatabaseAddress } from './database-url.js';

const SQLSTATE = /^[0-9A-Z]{5}$/;
/** The server ends the connection, or does not take one now: shutdown, crash, starting up, too many clients. */
const PASSING_STATES = ['57P01', '57P02', '57P03', '53300'];
const PASSING_CODES = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOENT',
];
const LOST = /connection terminated|connection ended|timeout expired|timeout exceeded|not queryable/i;

/** The connection failed, rather than the statement. */
export function isConnectionError(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && SQLSTATE.test(code) && !PASSING_CODES.includes(code)) {
    return PASSING_STATES.includes(code) || code.startsWith('08');
  }
  if (typeof code === 'string' && PASSING_CODES.includes(code)) return true;
  return LOST.test(String(message));
}

/** Turns a failure to connect into what to tell and what to try. */
export function unreachable(address: DatabaseAddress, error: unknown, waitedMs = 0): BackendError {
  const { what, hint, reason } = explain(address, error);
  const waited = waitedMs > 0 ? ` (tried for ${Math.round(waitedMs / 1000)} s)` : '';
  return new BackendError(`the database ${address.label} cannot be reached: ${what}${waited}`, {
    code: 'DATABASE_UNREACHABLE',
    hint,
    details: { database: address.label, reason },
    cause: error,
  });
}

function explain(address: DatabaseAddress, error: unknown): { what: string; hint: string; reason: string } {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const place = `${address.host}:${address.port}`;
  if (code === '28P01' || code === '28000') {
    return {
      reason: 'password',
      what: `it refuses user ${address.user} with this password`,
      hint: 'check user and password in DATABASE_URL',
    };
  }
  if (/password must be a string/.test(String(message))) {
    return {
      reason: 'password',
      what: `it wants a password for user ${address.user}, and none was given`,
      hint: 'write it into DATABASE_URL: postgres://user:password@host:5432/database',
    };
  }
  if (code === '3D000') {
    return {
      reason: 'database',
      what: `the server has no database named ${address.database}`,
      hint: `createdb -h ${address.host} -p ${address.port} -U ${address.user} ${address.database}`,
    };
  }
  if (code === 'ECONNREFUSED' || code === 'ENOENT') {
    return {
      reason: 'refused',
      what: `nothing listens at ${place}`,
      hint: 'start PostgreSQL, check host and port in DATABASE_URL, or unset it to use the embedded database',
    };
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return {
      reason: 'host',
      what: `there is no host named ${address.host}`,
      hint: 'check the host in DATABASE_URL',
    };
  }
  if (code === 'ETIMEDOUT' || /timeout/i.test(String(message))) {
    return {
      reason: 'timeout',
      what: `${place} did not answer in time`,
      hint: 'check host, port and firewall; a server that is out of connections answers late too',
    };
  }
  if (code === '53300') {
    return {
      reason: 'connections',
      what: 'it has no connection left',
      hint: 'raise max_connections, or run fewer workers',
    };
  }
  if (code === '57P03') {
    return { reason: 'starting', what: 'it is starting up or shutting down', hint: 'try again in a minute' };
  }
  return {
    reason: 'other',
    what: String(message) || String(code),
    hint: 'check DATABASE_URL, and the log of the server',
  };
}
