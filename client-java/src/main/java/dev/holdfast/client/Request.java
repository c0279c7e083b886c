package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import org.jspecify.annotations.Nullable;

/**
 * A request whose answer is not known yet. It outlives its connection: every request of a session
 * may be sent again and has its effect once.
 */
final class Request {
  final ClientFrame frame;
  final byte[] bytes;
  final Hold hold;
  int tries;
  Time.@Nullable Timer resend;

  Request(ClientFrame frame, byte[] bytes, Hold hold) {
    this.frame = frame;
    this.bytes = bytes;
    this.hold = hold;
  }

  /** It is on its way, perhaps not for the first time. */
  void sent() {
    if (frame instanceof ClientFrame.Acquire || frame instanceof ClientFrame.AcquireDelayed) {
      hold.acquiresSent++;
    }
  }

  long number() {
    return frame.request();
  }
}
