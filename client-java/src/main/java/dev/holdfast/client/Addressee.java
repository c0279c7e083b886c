// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ServerFrame;

/** Whom a frame of a node is for. */
final class Addressee {
  private Addressee() {}

  /** The request that it answers; 0 for a push. */
  static long requestOf(ServerFrame frame) {
    return frame instanceof ServerFrame.Answer answer ? answer.request() : 0;
  }

  /** The watch that a push is about; 0 when it is about none. */
  static long watchOf(ServerFrame frame) {
    return frame instanceof ServerFrame.OfWatch push ? push.watch() : 0;
  }

  /** The session that a push names; empty for others. A session observes under its own id. */
  static String sessionOf(ServerFrame frame) {
    if (frame instanceof ServerFrame.Leader push) {
      return push.observer();
    }
    return frame instanceof ServerFrame.OfSession push ? push.session() : "";
  }
}
