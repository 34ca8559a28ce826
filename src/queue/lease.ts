/**
 * How long a worker holds a job without saying that it still runs. It must outlive a pause of the process (a laptop's short
 * sleep, a garbage collection) and yet end soon after a crash: recovery takes at most lease + check.
 */
const LEASE_MS = 15_000;

/** `JOBS_LEASE_MS` is there for tests of lost leases only, so that they need not wait for a real one. */
export function leaseMs(): number {
  const text = process.env.JOBS_LEASE_MS;
  return text !== undefined && /^[1-9]\d{2,6}$/.test(text) ? Number(text) : LEASE_MS;
}
