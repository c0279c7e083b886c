// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;

/** What is asked for a hold; it may outlive that: a release, a cancel. */
final class HoldRequest extends Outbox.Request {
  /** What became of a request depends on what it was. */
  enum Kind {
    ACQUIRE,
    DOWNGRADE,
    /** A release or a cancel: the hold has ended here. */
    END
  }

  final Kind kind;
  final HoldLife life;

  HoldRequest(Kind kind, ClientFrame frame, byte[] bytes, HoldLife life) {
    super(frame.request(), bytes);
    this.kind = kind;
    this.life = life;
  }

  @Override
  void sent() {
    if (kind == Kind.ACQUIRE) {
      life.acquireSent();
    }
  }
}
