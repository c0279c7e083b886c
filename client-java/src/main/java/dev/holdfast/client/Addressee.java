// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ServerFrame;

/** Whom a frame of a node is for. */
final class Addressee {
  private Addressee() {}

  /** The request that it answers; 0 for a push. */
  static long requestOf(ServerFrame frame) {
    if (frame instanceof ServerFrame.SessionOpened answer) {
      return answer.request();
    } else if (frame instanceof ServerFrame.SessionResumed answer) {
      return answer.request();
    } else if (frame instanceof ServerFrame.KeptAlive answer) {
      return answer.request();
    } else if (frame instanceof ServerFrame.SessionClosed answer) {
      return answer.request();
    } else if (frame instanceof ServerFrame.Queued answer) {
      return answer.request();
    } else if (frame instanceof ServerFrame.Granted answer) {
      return answer.request();
    } else if (frame instanceof ServerFrame.Released answer) {
      return answer.request();
    } else if (frame instanceof ServerFrame.Cancelled answer) {
      return answer.request();
    } else if (frame instanceof ServerFrame.SessionEnded answer) {
      return answer.request();
    } else if (frame instanceof ServerFrame.Failed answer) {
      return answer.request();
    } else if (frame instanceof ServerFrame.Proclaimed answer) {
      return answer.request();
    } else if (frame instanceof ServerFrame.Observed answer) {
      return answer.request();
    } else if (frame instanceof ServerFrame.Unobserved answer) {
      return answer.request();
    }
    return Answers.requestOf(frame);
  }

  /** The watch that a push is about; 0 when it is about none. */
  static long watchOf(ServerFrame frame) {
    if (frame instanceof ServerFrame.EntriesChanged changed) {
      return changed.watch();
    }
    return frame instanceof ServerFrame.EntriesResync resync ? resync.watch() : 0;
  }

  /** The session that a push names; empty for others. A session observes under its own id. */
  static String sessionOf(ServerFrame frame) {
    if (frame instanceof ServerFrame.Granted push) {
      return push.session();
    } else if (frame instanceof ServerFrame.Queued push) {
      return push.session();
    } else if (frame instanceof ServerFrame.Lost push) {
      return push.session();
    } else if (frame instanceof ServerFrame.Cancelled push) {
      return push.session();
    } else if (frame instanceof ServerFrame.SessionEnded push) {
      return push.session();
    } else if (frame instanceof ServerFrame.SessionClosed push) {
      return push.session();
    } else if (frame instanceof ServerFrame.KeptAlive push) {
      return push.session();
    } else if (frame instanceof ServerFrame.Released push) {
      return push.session();
    } else if (frame instanceof ServerFrame.Leader push) {
      return push.observer();
    }
    return "";
  }
}
