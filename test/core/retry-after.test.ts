import { describe, expect, it } from 'vitest';
import { busyAnswer } from '../../src/core/retry-after.js';

const NOW = Date.UTC(2026, 10, 21, 12);

describe('an answer that says when to come back', () => {
  it.each([
    [
      'of fetch',
      { response: new Response('', { status: 429, headers: { 'Retry-After': '7' } }) },
      429,
      7_000,
    ],
    ['of axios', { response: { status: 503, headers: { 'retry-after': '120' } } }, 503, 120_000],
    [
      'of got, spelled as it came',
      { response: { statusCode: 429, headers: { 'Retry-After': 3 } } },
      429,
      3_000,
    ],
    ['on the error itself', { status: 429, headers: new Headers({ 'retry-after': '0' }) }, 429, 0],
    ['in the cause', { cause: { statusCode: 503, headers: { 'retry-after': '1' } } }, 503, 1_000],
    ['as a date', { status: 503, headers: { 'retry-after': 'Sat, 21 Nov 2026 12:00:30 GMT' } }, 503, 30_000],
    [
      'as a date that has passed',
      { status: 503, headers: { 'retry-after': 'Fri, 20 Nov 2026 12:00:00 GMT' } },
      503,
      0,
    ],
  ])('is found %s', (_where, thrown, status, delayMs) => {
    expect(busyAnswer(Object.assign(new Error('busy'), thrown), NOW)).toEqual({ status, delayMs });
  });

  it.each([
    ['another status', { status: 500, headers: { 'retry-after': '7' } }],
    ['no header', { status: 429, headers: {} }],
    ['no headers at all', { status: 429 }],
    ['nonsense', { status: 429, headers: { 'retry-after': 'soon' } }],
    ['a negative number', { status: 429, headers: { 'retry-after': '-5' } }],
    ['a huge number', { status: 429, headers: { 'retry-after': '99999999999' } }],
    ['text', 'thrown'],
    ['nothing', undefined],
  ])('is not found in %s', (_what, thrown) => {
    expect(busyAnswer(thrown, NOW)).toBeUndefined();
  });
});
