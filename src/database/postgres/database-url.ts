/** A database's address without its secrets, for people and messages. */
import { InputError } from '../../core/error.js';

export interface DatabaseAddress {
  /** `postgres://user@host:5432/db`; never a password or a query. */
  label: string;
  host: string;
  port: string;
  user: string;
  database: string;
}

/** @throws {InputError} `DATABASE_URL_INVALID`; the message does not repeat the url, which may hold a password */
export function readDatabaseUrl(url: string): DatabaseAddress {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new InputError('the database url is not a PostgreSQL url', {
      code: 'DATABASE_URL_INVALID',
      hint: 'write it like postgres://user:password@host:5432/database (a / or @ in the password as %2F or %40)',
    });
  }
  const parts = new URL(url);
  const user = decode(parts.username) || process.env.PGUSER || process.env.USER || 'postgres';
  const host = parts.searchParams.get('host') ?? (decode(parts.hostname) || 'localhost');
  const port = parts.searchParams.get('port') ?? (parts.port || '5432');
  const database = decode(parts.pathname.slice(1)) || user;
  return { label: `postgres://${user}@${host}:${port}/${database}`, host, port, user, database };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
