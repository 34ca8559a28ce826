/** Jobs that a running job adds: one, several side by side, one after another, or several and one after them. */
import { UsageError } from '../core/error.js';
import type { ChildJob, FlowRequest, JobRef } from '../core/task.js';
import { recordJobLinks } from '../ledger/job-links.js';
import { patiently } from '../ledger/patience.js';
import type { FlowNode } from '../queue/flows.js';
import { enqueueJob, prepareJob } from './enqueue-job.js';
import type { BatchParts } from './parts.js';

export interface FlowParent {
  id: string;
  queue: string;
  requestId: string;
  /** See {@link JobRequest.optionsFolder}. */
  optionsFolder?: string | undefined;
}

/**
 * Ids are made from the parent's, so that an attempt that is run again adds nothing twice. Returns the jobs in the order
 * of the request; that of a chord's `then` comes last.
 * @throws {InputError} when a member's input cannot be used; then none is added
 */
export async function addFlowJobs(
  parts: BatchParts,
  parent: FlowParent,
  request: FlowRequest,
): Promise<JobRef[]> {
  if (request.members.length === 0) {
    throw new UsageError(`ctx.${request.kind} of job ${parent.id} has no members; expected at least one`, {
      code: 'FLOW_EMPTY',
    });
  }
  const added = await ADDERS[request.kind](parts, parent, request);
  const links = added.map(({ id, queue }) => ({
    job: id,
    queue,
    kind: request.kind === 'enqueue' ? ('child' as const) : request.kind,
    of: parent,
  }));
  await patiently(() => recordJobLinks(parts.db, links));
  return added;
}

type Adder = (parts: BatchParts, parent: FlowParent, request: FlowRequest) => Promise<JobRef[]>;

const ADDERS: Record<FlowRequest['kind'], Adder> = {
  async enqueue(parts, parent, { call, members }) {
    const { id, queue } = await enqueueJob(parts, toRequest(parent, members[0]!, `${parent.id}.${call}`));
    return [{ id, queue }];
  },

  async group(parts, parent, request) {
    const nodes = await toNodes(parts, parent, request);
    for (const { queue, job } of nodes) await parts.queues.add(queue, [job]);
    return nodes.map(toRef);
  },

  async chain(parts, parent, request) {
    const nodes = await toNodes(parts, parent, request);
    const last = nodes.reduce((before, node) => {
      node.job.data.after = { kind: 'chain', jobs: [before.job.id] };
      return { ...node, after: [before] };
    });
    await parts.queues.addFlow(last);
    return nodes.map(toRef);
  },

  async chord(parts, parent, request) {
    const nodes = await toNodes(parts, parent, request);
    const then = await toNode(parts, toRequest(parent, request.then!, `${parent.id}.${request.call}.then`));
    then.job.data.after = { kind: 'chord', jobs: nodes.map(({ job }) => job.id) };
    await parts.queues.addFlow({ ...then, after: nodes });
    return [...nodes, then].map(toRef);
  },
};

type Node = Awaited<ReturnType<typeof prepareJob>> & FlowNode;

function toNodes(parts: BatchParts, parent: FlowParent, { call, members }: FlowRequest): Promise<Node[]> {
  return Promise.all(
    members.map((member, n) => toNode(parts, toRequest(parent, member, `${parent.id}.${call}.${n + 1}`))),
  );
}

/** Members are what their flow needs, so none is left out for being unique. */
async function toNode(parts: BatchParts, request: ReturnType<typeof toRequest>): Promise<Node> {
  const { queue, job } = await prepareJob(parts, request);
  return { queue, job: { ...job, unique: undefined } };
}

function toRequest(parent: FlowParent, member: ChildJob, id: string) {
  return { ...member, id, requestId: parent.requestId, optionsFolder: parent.optionsFolder };
}

function toRef({ queue, job }: FlowNode): JobRef {
  return { id: job.id, queue };
}
