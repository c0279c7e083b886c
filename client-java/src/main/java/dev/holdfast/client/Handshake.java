// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.FrameLimits;
import dev.holdfast.protocol.frame.HandleRef;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes the session known on a connection: opens it there, or resumes it with the holds that the
 * node shall follow, in pages. Owns which of its requests are unanswered, and when they were sent:
 * from then on the session lives for another TTL when they are answered. All methods run under the
 * session's guard.
 */
final class Handshake {
  private final SessionLink link;
  private final ClientRuntime runtime;
  private final Uplink uplink;
  private final Set<Long> unanswered = new HashSet<>();
  private long sentNanos;

  Handshake(SessionLink link, ClientRuntime runtime, Uplink uplink) {
    this.link = link;
    this.runtime = runtime;
    this.uplink = uplink;
  }

  /**
   * @param upTo holds that were asked for later are followed already
   */
  void begin(Connection over, long upTo) {
    unanswered.clear();
    sentNanos = runtime.time().nanoTime();
    if (link.hasId()) {
      resume(over, upTo);
    } else {
      long ttlMillis = link.ttl().toMillis();
      uplink.send(over, new ClientFrame.OpenSession(next(), ttlMillis, runtime.seen().get()));
    }
  }

  private void resume(Connection over, long upTo) {
    over.bind(link.id(), link);
    List<HandleRef> refs = link.holds.refs(upTo);
    // One page at least: that there are no holds is worth an answer, too.
    for (int from = 0; from == 0 || from < refs.size(); from += FrameLimits.MAX_HANDLES) {
      int to = Math.min(refs.size(), from + FrameLimits.MAX_HANDLES);
      List<HandleRef> page = new ArrayList<>(refs.subList(from, to));
      uplink.send(
          over, new ClientFrame.ResumeSession(next(), link.id(), runtime.seen().get(), page));
    }
  }

  private long next() {
    long number = runtime.nextRequest();
    unanswered.add(number);
    return number;
  }

  boolean owns(long request) {
    return unanswered.contains(request);
  }

  /** False for a request that is not of the handshake which is under way. */
  boolean answered(long request) {
    return unanswered.remove(request);
  }

  boolean isOver() {
    return unanswered.isEmpty();
  }

  long sentNanos() {
    return sentNanos;
  }
}
