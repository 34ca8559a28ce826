/** Text that must not be seen: passwords, tokens, URLs that carry them. */

const HIDDEN = '[secret]';
const SECRET_NAME = /pass|pwd|secret|token|key|auth|sig|credential/i;
const URL_START = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * Holds a secret so that printing it by accident shows `[secret]`: String(), template strings, JSON.stringify,
 * util.inspect and console.log all do. Only {@link Secret.reveal} gives the text.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself, for the library that connects with it. Never print or store the result. */
  reveal(): string {
    return this.#text;
  }

  /**
   * The text as a URL for people: password and secret query values hidden, and of a web address all behind the host, as
   * that is where webhooks carry their key; `[secret]` when it is no URL.
   */
  describeUrl(): string {
    const described = describeUrl(this.#text) ?? HIDDEN;
    return /^https?:/i.test(described) ? `${new URL(described).origin}/…` : described;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return HIDDEN;
  }
}

/** Whether a setting of this name is likely to hold a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** `value` for people: what stands under a secret name, and the secret parts of URLs, are hidden, at any depth. */
export function hideSecrets(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return isSecretName(name) ? HIDDEN : hideInUrl(value);
  if (Array.isArray(value)) return value.map((item) => hideSecrets(item, name));
  if (value instanceof Secret) return value.describeUrl();
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, hideSecrets(member, key)]));
}

/** `text` with the passwords of URLs inside it hidden. */
export function redactText(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@/]+@/gi, '$1***@');
}

function hideInUrl(text: string): string {
  return URL_START.test(text) ? (describeUrl(text) ?? HIDDEN) : text;
}

function describeUrl(text: string): string | undefined {
  if (!URL_START.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.host === '' && url.pathname.includes('@')) return undefined;
  if (url.password !== '') url.password = '***';
  for (const name of new Set(url.searchParams.keys())) {
    if (isSecretName(name)) url.searchParams.set(name, '***');
  }
  return url.href;
}
