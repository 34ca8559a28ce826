// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${VAR} is what a config file says
import { expect, test } from 'vitest';
import { defineConfig } from '../../src/config/define.js';
import { configJsonSchema, configSchema } from '../../src/config/schema.js';
import { keyFacts, leafPaths } from '../../src/config/schema-walk.js';

interface Node {
  description?: string;
  default?: unknown;
  examples?: unknown[];
  pattern?: string;
  properties?: Record<string, Node>;
  additionalProperties?: unknown;
}

test('every key says what it means and shows an example', () => {
  for (const path of leafPaths()) {
    expect(keyFacts(path).description, path.join('.')).toMatch(/\w/);
    expect(keyFacts(path).examples, path.join('.')).not.toHaveLength(0);
  }
});

test('the editor schema is strict, admits $schema and carries defaults and examples', () => {
  const schema = configJsonSchema() as unknown as Node & { $schema: string };
  expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
  expect(schema.additionalProperties).toBe(false);
  expect(Object.keys(schema.properties ?? {})).toEqual([
    '$schema',
    'database',
    'queue',
    'tasks',
    'queues',
    'limits',
    'schedules',
    'retention',
    'storage',
    'stateDir',
    'notify',
    'data',
    'intake',
    'output',
  ]);
  const retention = schema.properties?.retention?.properties ?? {};
  expect(retention.results).toMatchObject({ default: '30d', examples: ['30d'], type: 'string' });
  expect(retention.completed?.properties?.count).toMatchObject({ default: 10_000 });
});

test('the editor schema lets a value be a variable or come from a file', () => {
  const pattern = new RegExp((configJsonSchema() as Node).properties?.database?.pattern ?? 'none');
  for (const value of ['postgres://h/d', '${DATABASE_URL}', 'file:/run/secrets/db'])
    expect(value).toMatch(pattern);
  expect('mysql://h/d').not.toMatch(pattern);
});

test('every example is a value the schema takes', () => {
  for (const path of leafPaths()) {
    for (const example of keyFacts(path).examples) {
      if (String(example).includes('${') || String(example).startsWith('file:')) continue;
      const config = path.reduceRight<unknown>((value, name) => ({ [name]: value }), example);
      expect(configSchema.safeParse(config).success, `${path.join('.')}: ${JSON.stringify(example)}`).toBe(
        true,
      );
    }
  }
});

test('defineConfig gives the config back as it is', () => {
  const config = { storage: 'x' };
  expect(defineConfig(config)).toBe(config);
});
