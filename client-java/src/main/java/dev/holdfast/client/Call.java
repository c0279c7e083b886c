package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A request with one answer. It outlives its connection: a read may be asked again, and a write has
 * its effect once by its slot and sequence. Under the session's guard, except {@link #answer}.
 */
final class Call {
  /** Makes the frame anew for each send. */
  interface Form {
    /**
     * @param slot where a write is remembered, with its sequence there; 0 and 0 for a read
     * @param again whether it may have been sent before
     */
    ClientFrame frame(long request, long slot, long sequence, boolean again);
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

  Call(Form form, boolean write, long deadlineNanos) {
    this.form = form;
    this.write = write;
    this.deadlineNanos = deadlineNanos;
  }
}
