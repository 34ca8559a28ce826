import { format, inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { hideSecrets, redactText, Secret } from '../../src/config/secret.js';

const SECRET = 'postgres://jobs:hunter2@db.example/jobs';

describe('a secret', () => {
  test('gives its text only to who asks by name', () => {
    expect(new Secret(SECRET).reveal()).toBe(SECRET);
  });

  test('is hidden wherever it is printed by accident', () => {
    const secret = new Secret(SECRET);
    const printed = [
      String(secret),
      `${secret}`,
      String.prototype.concat('', secret as unknown as string),
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: { er: [secret] } }, { depth: 9, showHidden: true }),
      format('%s %o %j', secret, secret, secret),
      new Error(`cannot connect to ${secret}`).message,
      Object.keys(secret).join(),
      JSON.stringify(Object.entries(secret)),
    ].join('\n');
    expect(printed).not.toContain('hunter2');
    expect(printed).toContain('[secret]');
  });

  test.each([
    ['postgres://jobs:hunter2@db.example/jobs', 'postgres://jobs:***@db.example/jobs'],
    ['redis://:hunter2@cache:6379/1', 'redis://:***@cache:6379/1'],
    [
      'postgres://db/jobs?sslmode=require&sslpassword=hunter2',
      'postgres://db/jobs?sslmode=require&sslpassword=***',
    ],
    ['postgres://localhost/jobs', 'postgres://localhost/jobs'],
    ['postgres://u:hunter2@a:1,b:2/jobs', '[secret]'],
    ['https://hooks.example/services/T0/hunter2?x=1', 'https://hooks.example/…'],
    ['hunter2', '[secret]'],
    ['x:hunter2', '[secret]'],
  ])('describes %s as %s', (url, described) => {
    expect(new Secret(url).describeUrl()).toBe(described);
  });
});

test('settings with telling names are hidden at any depth, and passwords inside URLs', () => {
  const hidden = hideSecrets({
    apiKey: 'hunter2',
    mirrors: ['https://u:hunter2@host/x'],
    nested: { smtp: { password: 'hunter2', host: 'mail.example' } },
  });
  expect(hidden).toEqual({
    apiKey: '[secret]',
    mirrors: ['https://u:***@host/x'],
    nested: { smtp: { password: '[secret]', host: 'mail.example' } },
  });
});

test('passwords of URLs inside a sentence are hidden', () => {
  expect(redactText('connect ECONNREFUSED redis://:hunter2@cache:6379 (twice)')).toBe(
    'connect ECONNREFUSED redis://:***@cache:6379 (twice)',
  );
});
