// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One call of {@link DataCalls}. It outlives its connection: a question may be asked again, and a
 * write has its effect once by its slot and sequence. Under the session's guard, except {@link
 * #answer}.
 */
final class DataCall {
  /** Makes the frame anew for each send. */
  interface Form {
    /**
     * @param slot where a write is remembered, with its sequence there; 0 and 0 for a read
     * @param again whether it may have been sent before
     */
    ClientFrame frame(long request, long slot, long sequence, boolean again);
  }

  /** A read, which needs no slot. */
  interface Question {
    ClientFrame frame(long request);
  }

  /** One open write at a time; its sequences rise. */
  static final class Slot {
    final long number;
    long sequence;

    Slot(long number) {
      this.number = number;
    }
  }

  final CompletableFuture<ServerFrame> answer = new CompletableFuture<>();
  final Form form;
  final boolean write;
  final long deadlineNanos;
  long number;
  int sends;
  int refusals;
  @Nullable Slot slot;
  Time.@Nullable Timer resend;

  DataCall(Form form, boolean write, long deadlineNanos) {
    this.form = form;
    this.write = write;
    this.deadlineNanos = deadlineNanos;
  }
}
