// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import dev.holdfast.core.Keys;
import dev.holdfast.core.election.ProclaimReply;
import dev.holdfast.core.election.Proclaimed;
import dev.holdfast.node.election.ElectionRoutes;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.lock.LockInput;
import dev.holdfast.node.transact.Settled;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** What one connection says about elections and groups. Owns whom it observes. Thread-safe. */
final class ObserveFrames {
  private static final int OBSERVED_MAX = 10_000;

  private record Key(String observer, String name, boolean group) {}

  private final SessionSocket node;
  private final FrameChannel channel;
  private final Lifetime lifetime;
  private final Map<Key, Observed> observed = new ConcurrentHashMap<>();

  /** Held while one is told everything: two questions at once must not mix their answers. */
  private final ReentrantLock order = new ReentrantLock();

  ObserveFrames(SessionSocket node, FrameChannel channel, Lifetime lifetime) {
    this.lifetime = lifetime;
    this.node = node;
    this.channel = channel;
  }

  void proclaim(ClientFrame.Proclaim frame) {
    String lock = LockInput.lockName(frame.lock());
    Proclaimed next =
        ElectionRoutes.proclaimed(
            frame.session(), frame.holder(), frame.token(), frame.sequence(), frame.value());
    Settled<ProclaimReply> settled = node.elections.proclaim(lock, next);
    if (!(settled.reply() instanceof ProclaimReply.Known(long sequence))) {
      throw ElectionRoutes.fenced(frame.lock(), frame.token());
    }
    channel.send(
        new ServerFrame.Proclaimed(
            frame.request(),
            frame.session(),
            frame.holder(),
            frame.lock(),
            sequence,
            settled.revision()));
  }

  /** Asked again, it tells everything again: the client may have missed the first answer. */
  void observe(ClientFrame.Observe frame) {
    String name = LockInput.lockName(frame.name());
    if (frame.group() && !name.endsWith("/")) {
      throw new ProblemException(
          400, "BAD_NAME", "The name of a group ends with a slash", "Send all up to the member.");
    }
    if (observed.size() >= OBSERVED_MAX) {
      throw new ProblemException(
          429,
          "TOO_MANY_OBSERVED",
          "This connection observes " + OBSERVED_MAX + " names",
          "End some, or open another connection.");
    }
    long revision = node.awaitApplied(Keys.lock(name), frame.seen());
    order.lock();
    try {
      Optional<Observed> begun =
          lifetime.whileOpen(() ->
              observed.computeIfAbsent(
                  key(frame.observer(), frame.name(), frame.group()),
                  same ->
                      new Observed(
                          frame.observer(), frame.name(), frame.group(), node.elections, channel)));
      if (begun.isEmpty()) {
        return;
      }
      begun.get().begin(node.leaders);
      channel.send(
          new ServerFrame.Observed(
              frame.request(), frame.observer(), frame.name(), frame.group(), revision));
    } finally {
      order.unlock();
    }
  }

  void unobserve(ClientFrame.Unobserve frame) {
    order.lock();
    try {
      Observed before = observed.remove(key(frame.observer(), frame.name(), frame.group()));
      if (before != null) {
        before.end();
      }
    } finally {
      order.unlock();
    }
    channel.send(
        new ServerFrame.Unobserved(frame.request(), frame.observer(), frame.name(), frame.group()));
  }

  void endAll() {
    observed.values().forEach(Observed::end);
    observed.clear();
  }

  private static Key key(String observer, String name, boolean group) {
    return new Key(observer, name, group);
  }
}
