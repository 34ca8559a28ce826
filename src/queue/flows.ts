/** Jobs that wait for other jobs: BullMQ's parents and children, added together or not at all. */
import type { FlowJob } from 'bullmq';
import type { NewJob } from './job.js';
import { toEntry } from './job.js';
import type { BullMq } from './libraries.js';
import type { BullLink } from './queues.js';

/** A job, and those that must complete before it may run. One of these that fails for good leaves it waiting. */
export interface FlowNode {
  queue: string;
  job: NewJob;
  after?: FlowNode[];
}

/** Adds a tree of jobs. One that is there already, by its last job's id, must not be added again. */
export async function addFlow(
  bull: BullMq,
  { options, factory }: BullLink,
  root: FlowNode,
  onError: (error: Error) => void,
): Promise<void> {
  const producer = new bull.FlowProducer(options as never, factory as never);
  producer.on('error', onError);
  try {
    await producer.add(toFlowJob(root));
  } finally {
    await producer.close();
  }
}

/** Each queue of the tree once. */
export function queuesOf({ queue, after = [] }: FlowNode): Set<string> {
  return new Set([queue, ...after.flatMap((node) => [...queuesOf(node)])]);
}

function toFlowJob({ queue, job, after }: FlowNode): FlowJob {
  const { opts } = toEntry(job, Date.now()).job;
  return {
    name: job.task,
    queueName: queue,
    data: job.data,
    opts: { ...opts, jobId: job.id } as never,
    ...(after === undefined ? {} : { children: after.map(toFlowJob) as never }),
  };
}
