// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

/**
 * The proof that this process is alive to the cluster (R3). Renewed by the coordinator; each
 * renewal is a linearizable round and so also proves how far this process must have applied.
 *
 * <p>CONNECTED → SUSPENDED (renewals fail, time is left) → CONNECTED or LOST. LOST is final: its
 * leased entries are or will be deleted, and the coordinator opens a new lease with a new id.
 */
public interface NodeLease {
  /** Changes when a lost lease is replaced. 0 before the first one. */
  long id();

  State state();

  /** How long an expired lease may at most be believed alive by anyone. */
  long ttlMillis();

  /**
   * Until then, on {@link System#nanoTime()}, this lease surely is alive: the send time of the last
   * successful renewal plus its TTL less a margin.
   */
  long surelyValidUntilNanos();

  /** The last renewal proved that this revision was current. */
  long provenRevision();

  /** Called on each change of state, by a thread of the coordinator. */
  void onChange(java.util.function.Consumer<State> listener);

  enum State {
    CONNECTED,
    SUSPENDED,
    LOST
  }
}
