import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader } from '../../../src/database/embedded/frames.js';
import { listenChannel } from '../../../src/database/embedded/link.js';

describe('frames', () => {
  it('come out as they went in, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 30 }),
        (texts, size) => {
          const messages = texts.map((text, id) => ({ id, session: 0, text }));
          const bytes = Buffer.concat(messages.map((message) => encodeFrame(message)));
          const reader = new FrameReader();
          const found: unknown[] = [];
          for (let at = 0; at < bytes.length; at += size)
            found.push(...reader.push(bytes.subarray(at, at + size)));
          expect(found).toEqual(messages);
        },
      ),
    );
  });

  it('that claim to be huge are refused before they are read', () => {
    expect(() => new FrameReader().push(Buffer.from([255, 255, 255, 255]))).toThrow(RangeError);
  });
});

describe('a LISTEN statement', () => {
  it.each([
    ['LISTEN bullmq_jobs;', { verb: 'listen', channel: 'bullmq_jobs' }],
    ['-- why\n-- and how\nLISTEN bullmq_jobs;\n', { verb: 'listen', channel: 'bullmq_jobs' }],
    ['listen "Mixed ""Case"""', { verb: 'listen', channel: 'Mixed "Case"' }],
    ['LISTEN Folded', { verb: 'listen', channel: 'folded' }],
    ['UNLISTEN *', { verb: 'unlisten', channel: '*' }],
    ['SELECT 1', undefined],
    ["SELECT 'listen x'", undefined],
  ])('is known by its text: %j', (text, expected) => {
    expect(listenChannel(text)).toEqual(expected);
  });
});
