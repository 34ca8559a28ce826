/** A worker reads its letters, does what they say and answers. One that was done and not answered is done again. */
import type { Session } from '../database/database.js';
import { answerLetter, unreadLetters, type WorkerLetter } from '../ledger/worker-letters.js';
import type { Worker } from './worker.js';

export async function answerLetters(db: Session, worker: Worker): Promise<void> {
  const letters = await unreadLetters(db, worker.id);
  for (const letter of letters) {
    const refused = await obey(worker, letter);
    await answerLetter(db, letter.id, {
      ...(refused === undefined ? {} : { refused }),
      ...worker.report(),
    });
    if (letter.verb === 'stop') worker.askToStop({ kind: 'told', by: letter.askedBy });
  }
  if (letters.some(({ verb }) => verb !== 'ping')) await worker.beat();
}

/** Returns why not, when it did not. */
async function obey(worker: Worker, { verb, args }: WorkerLetter): Promise<string | undefined> {
  const { queue, slots } = args;
  switch (verb) {
    case 'pause':
      return worker.pause();
    case 'resume':
      return worker.resume();
    case 'scale':
      return slots === undefined ? 'the letter says no number' : worker.scale(slots, queue);
    case 'add-queue':
      return queue === undefined ? 'the letter names no queue' : worker.addQueue(queue, slots);
    case 'drop-queue':
      return queue === undefined ? 'the letter names no queue' : worker.dropQueue(queue);
    default:
      return undefined;
  }
}
