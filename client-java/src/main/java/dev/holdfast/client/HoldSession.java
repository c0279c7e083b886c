// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongFunction;

/** What a {@link Hold}, and those who keep holds, ask of its session. Safe on any thread. */
interface HoldSession extends SessionView {
  /** Where listeners are told. */
  Executor events();

  Time time();

  boolean isAlive();

  Duration remaining();

  /**
   * What a paused program calls first: the deadline counts, not whether its timer has run. While
   * the timer is ending the session, this waits until it has told all holds.
   */
  void expireIfDue();

  Hold acquire(Ask ask);

  CompletableFuture<Void> downgrade(Hold hold);

  void release(Hold hold);

  /** For a caller who goes away: waits a moment for the answer, not for ever. */
  void withdrawAndWait(Hold hold);

  /** Of an election or a group; repeated until it is answered. */
  CompletableFuture<ServerFrame> request(LongFunction<ClientFrame> frame);
}
