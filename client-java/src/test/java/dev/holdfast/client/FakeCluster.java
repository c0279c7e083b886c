// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.HandleState;
import dev.holdfast.protocol.frame.HandleState.Standing;
import dev.holdfast.protocol.frame.NodeAddress;
import dev.holdfast.protocol.frame.ServerFrame;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** What the nodes of a test agree on: sessions and exclusive locks with a queue. */
final class FakeCluster {
  /** Replaces the usual answer to a frame; null leaves it. */
  interface Script {
    @Nullable List<ServerFrame> answer(FakeNode node, ClientFrame frame);
  }

  /** Where a session is connected now. */
  interface Line {
    void send(ServerFrame frame);
  }

  record Claim(String session, String holder) {}

  final List<ClientFrame> received = new CopyOnWriteArrayList<>();
  volatile Script script = (node, frame) -> null;

  private final Map<String, LinkedHashMap<Claim, Long>> queues = new HashMap<>();
  private final Set<Claim> dead = new HashSet<>();
  private final Map<String, Line> lines = new HashMap<>();
  private final Map<String, Long> ttls = new HashMap<>();
  private final Map<String, String> values = new HashMap<>();
  private final Map<String, Line> observers = new LinkedHashMap<>();
  private final List<FakeNode> nodes = new ArrayList<>();
  private final List<Line> greeted = new ArrayList<>();
  private ServerFrame.@Nullable LeaderAt leader;
  private long revision = 1_000;
  private long lastToken = 16;

  synchronized void join(FakeNode node) {
    nodes.add(node);
  }

  void lead(FakeNode node) {
    lead(node.id(), node.api());
  }

  synchronized void lead(String id, String api) {
    ServerFrame.LeaderAt now = new ServerFrame.LeaderAt(id, api);
    leader = now;
    greeted.forEach(line -> line.send(now));
  }

  synchronized long revision() {
    return revision;
  }

  synchronized boolean holds(String lock, Hold hold) {
    LinkedHashMap<Claim, Long> queue = queues.getOrDefault(lock, new LinkedHashMap<>());
    return !queue.isEmpty() && queue.keySet().iterator().next().holder().equals(hold.holder());
  }

  synchronized int waitingOrHolding(String lock) {
    return queues.getOrDefault(lock, new LinkedHashMap<>()).size();
  }

  /** Someone else takes the lock first. */
  synchronized Claim occupy(String lock) {
    Claim claim = new Claim("other", "other-" + revision);
    queues.computeIfAbsent(lock, name -> new LinkedHashMap<>()).put(claim, ++lastToken);
    revision++;
    return claim;
  }

  synchronized void vacate(String lock, Claim claim) {
    leave(lock, claim);
  }

  synchronized void push(String session, ServerFrame frame) {
    Line line = lines.get(session);
    if (line != null) {
      line.send(frame);
    }
  }

  synchronized void handle(FakeNode node, Line line, ClientFrame frame) {
    received.add(frame);
    List<ServerFrame> scripted = script.answer(node, frame);
    if (scripted != null) {
      scripted.forEach(line::send);
      return;
    }
    if (frame instanceof ClientFrame.Hello) {
      line.send(new ServerFrame.Welcome(node.id(), revision, addresses()));
      greeted.add(line);
      if (leader != null) {
        line.send(leader);
      }
    } else if (frame instanceof ClientFrame.OpenSession open) {
      String session = "s-" + ++revision;
      lines.put(session, line);
      ttls.put(session, open.ttlMillis());
      line.send(new ServerFrame.SessionOpened(open.request(), session, open.ttlMillis(), revision));
    } else if (frame instanceof ClientFrame.ResumeSession resume) {
      resume(line, resume);
    } else if (frame instanceof ClientFrame.KeepAlive alive) {
      line.send(new ServerFrame.KeptAlive(alive.request(), alive.session(), revision));
    } else if (frame instanceof ClientFrame.CloseSession close) {
      queues.keySet().forEach(lock -> leaveAll(lock, close.session()));
      ttls.remove(close.session());
      line.send(new ServerFrame.SessionClosed(close.request(), close.session(), ++revision));
    } else if (frame instanceof ClientFrame.Acquire acquire) {
      acquire(line, acquire);
    } else if (frame instanceof ClientFrame.Downgrade downgrade) {
      downgrade(line, downgrade);
    } else if (frame instanceof ClientFrame.Proclaim proclaim) {
      values.put(proclaim.lock() + ";" + proclaim.token(), proclaim.value());
      revision++;
      line.send(
          new ServerFrame.Proclaimed(
              proclaim.request(),
              proclaim.session(),
              proclaim.holder(),
              proclaim.lock(),
              proclaim.sequence(),
              revision));
      tellLeader(proclaim.lock());
    } else if (frame instanceof ClientFrame.Observe observe) {
      observers.put(observe.observer() + " " + observe.name(), line);
      List.copyOf(queues.keySet()).stream()
          .filter(lock ->
              observe.group() ? lock.startsWith(observe.name()) : lock.equals(observe.name()))
          .filter(lock -> !observe.group() || !leader(lock).holder().isEmpty())
          .forEach(lock -> line.send(leaderFrame(observe.observer(), lock)));
      line.send(
          new ServerFrame.Observed(
              observe.request(), observe.observer(), observe.name(), observe.group(), revision));
    } else if (frame instanceof ClientFrame.Unobserve end) {
      observers.remove(end.observer() + " " + end.name());
      line.send(new ServerFrame.Unobserved(end.request(), end.observer(), end.name(), end.group()));
    } else if (frame instanceof ClientFrame.Cancel cancel) {
      Claim claim = new Claim(cancel.session(), cancel.holder());
      dead.add(claim);
      leave(cancel.lock(), claim);
      line.send(
          new ServerFrame.Cancelled(
              cancel.request(), cancel.session(), cancel.holder(), cancel.lock(), revision));
    } else if (frame instanceof ClientFrame.Release release) {
      Claim claim = new Claim(release.session(), release.holder());
      dead.add(claim);
      leave(release.lock(), claim);
      line.send(
          new ServerFrame.Released(
              release.request(), release.session(), release.holder(), release.lock(), revision));
    }
  }

  private void resume(Line line, ClientFrame.ResumeSession resume) {
    Long ttl = ttls.get(resume.session());
    if (ttl == null) {
      line.send(
          new ServerFrame.SessionEnded(
              resume.request(), resume.session(), "SESSION_UNKNOWN", revision));
      return;
    }
    lines.put(resume.session(), line);
    List<HandleState> states =
        resume.handles().stream()
            .map(ref -> standing(ref.lock(), new Claim(resume.session(), ref.holder())))
            .toList();
    line.send(
        new ServerFrame.SessionResumed(resume.request(), resume.session(), ttl, revision, states));
  }

  private HandleState standing(String lock, Claim claim) {
    List<Claim> queue = List.copyOf(queues.getOrDefault(lock, new LinkedHashMap<>()).keySet());
    int index = queue.indexOf(claim);
    if (index < 0) {
      return new HandleState(lock, claim.holder(), Standing.ABSENT, 0, 0);
    }
    return index == 0
        ? new HandleState(lock, claim.holder(), Standing.HELD, token(lock, claim), 0)
        : new HandleState(lock, claim.holder(), Standing.QUEUED, 0, index);
  }

  private long token(String lock, Claim claim) {
    Long token = queues.getOrDefault(lock, new LinkedHashMap<>()).get(claim);
    return token == null ? 0 : token;
  }

  private void acquire(Line line, ClientFrame.Acquire acquire) {
    Claim claim = new Claim(acquire.session(), acquire.holder());
    if (dead.contains(claim)) {
      return;
    }
    LinkedHashMap<Claim, Long> queue =
        queues.computeIfAbsent(acquire.lock(), name -> new LinkedHashMap<>());
    if (!queue.isEmpty() && !queue.containsKey(claim) && acquire.waitMillis() == 0) {
      line.send(
          new ServerFrame.Failed(
              acquire.request(), 409, "LOCK_HELD", "held by another", "wait", false));
      return;
    }
    if (queue.isEmpty()) {
      queue.put(claim, ++lastToken);
      revision++;
      tellLeader(acquire.lock());
    } else if (!queue.containsKey(claim)) {
      queue.put(claim, 0L);
      revision++;
    }
    HandleState state = standing(acquire.lock(), claim);
    if (state.standing() == Standing.HELD) {
      line.send(granted(acquire.request(), acquire.lock(), claim));
    } else {
      line.send(
          new ServerFrame.Queued(
              acquire.request(),
              acquire.session(),
              acquire.holder(),
              acquire.lock(),
              state.position(),
              revision));
    }
  }

  private ServerFrame granted(long request, String lock, Claim claim) {
    return new ServerFrame.Granted(
        request, claim.session(), claim.holder(), lock, token(lock, claim), revision, "");
  }

  private void downgrade(Line line, ClientFrame.Downgrade frame) {
    Claim claim = new Claim(frame.session(), frame.holder());
    LinkedHashMap<Claim, Long> queue = queues.getOrDefault(frame.lock(), new LinkedHashMap<>());
    if (!queue.containsKey(claim)) {
      line.send(
          new ServerFrame.Failed(frame.request(), 409, "NOT_HELD", "not held", "nothing", false));
      return;
    }
    if (token(frame.lock(), claim) == frame.token()) {
      queue.put(claim, ++lastToken);
      revision++;
    }
    line.send(granted(frame.request(), frame.lock(), claim));
  }

  private Claim leader(String lock) {
    LinkedHashMap<Claim, Long> queue = queues.getOrDefault(lock, new LinkedHashMap<>());
    return queue.isEmpty() ? new Claim("", "") : queue.keySet().iterator().next();
  }

  private ServerFrame leaderFrame(String observer, String lock) {
    Claim leader = leader(lock);
    long token = token(lock, leader);
    String value = values.getOrDefault(lock + ";" + token, "");
    return new ServerFrame.Leader(
        observer, lock, leader.session(), leader.holder(), token, value, revision);
  }

  private void tellLeader(String lock) {
    observers.forEach((observer, line) -> {
      int space = observer.indexOf(' ');
      String name = observer.substring(space + 1);
      if (lock.equals(name) || (name.endsWith("/") && lock.startsWith(name))) {
        line.send(leaderFrame(observer.substring(0, space), lock));
      }
    });
  }

  private void leaveAll(String lock, String session) {
    LinkedHashMap<Claim, Long> queue = queues.getOrDefault(lock, new LinkedHashMap<>());
    List.copyOf(queue.keySet()).stream()
        .filter(claim -> claim.session().equals(session))
        .forEach(claim -> leave(lock, claim));
  }

  private void leave(String lock, Claim claim) {
    LinkedHashMap<Claim, Long> queue = queues.getOrDefault(lock, new LinkedHashMap<>());
    boolean first = !queue.isEmpty() && queue.keySet().iterator().next().equals(claim);
    if (queue.remove(claim) == null) {
      return;
    }
    revision++;
    if (first && !queue.isEmpty()) {
      Claim next = queue.keySet().iterator().next();
      queue.put(next, ++lastToken);
      push(next.session(), granted(0, lock, next));
    }
    if (first) {
      tellLeader(lock);
    }
  }

  private List<NodeAddress> addresses() {
    return nodes.stream().map(node -> new NodeAddress(node.id(), node.api())).toList();
  }
}
