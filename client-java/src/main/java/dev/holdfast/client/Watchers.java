package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * What a session observes: elections and groups. All methods run under the session's guard.
 *
 * <p>On each new connection everything is asked for again. A node tells what it knows and then that
 * this was all: a member that it did not name has left meanwhile.
 */
final class Watchers {
  /** What one name stands for, and who wants to know. */
  static final class Watcher {
    final String name;
    final boolean group;
    final CompletableFuture<Void> complete = new CompletableFuture<>();

    private final Runnable changed;
    private final Map<String, ServerFrame.Leader> known = new HashMap<>();
    private final Set<String> toldSince = new HashSet<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private long awaiting;

    private Watcher(String name, boolean group, Runnable changed) {
      this.name = name;
      this.group = group;
      this.changed = changed;
    }

    boolean isOver() {
      return over.get();
    }

    private boolean isAbout(String lock) {
      return group ? lock.startsWith(name) : lock.equals(name);
    }
  }

  private final SessionLink link;
  private final Requests requests;
  private final ClientRuntime runtime;
  private final List<Watcher> watchers = new ArrayList<>();

  /** A node may read the next question first: the same name is asked for again after that. */
  private final Map<String, CompletableFuture<?>> ending = new HashMap<>();

  Watchers(SessionLink link, Requests requests, ClientRuntime runtime) {
    this.link = link;
    this.requests = requests;
    this.runtime = runtime;
  }

  /**
   * @param changed on the events thread, after each change, never twice at once; several changes
   *     may be told as one
   */
  Watcher watch(String name, boolean group, Consumer<Watcher> changed) {
    AtomicBoolean due = new AtomicBoolean();
    Watcher[] self = new Watcher[1];
    Watcher watcher =
        new Watcher(
            name,
            group,
            () -> {
              if (due.compareAndSet(false, true)) {
                runtime
                    .events()
                    .execute(() -> {
                      due.set(false);
                      if (!self[0].isOver()) {
                        changed.accept(self[0]);
                      }
                    });
              }
            });
    self[0] = watcher;
    watchers.add(watcher);
    CompletableFuture<?> end = ending.get(name);
    if (end == null) {
      ask(watcher);
    } else {
      CompletableFuture<?> unused =
          end.whenComplete((answer, error) -> link.later(Duration.ZERO, () -> ask(watcher)));
    }
    return watcher;
  }

  /** Also when others watch the same: a node tells everything again. */
  private void ask(Watcher watcher) {
    if (watcher.isOver()) {
      return;
    }
    watcher.toldSince.clear();
    CompletableFuture<?> unused =
        requests
            .send(number -> {
              watcher.awaiting = number;
              return new ClientFrame.Observe(
                  number, link.id(), watcher.name, watcher.group, runtime.seen().get());
            })
            .whenComplete((answer, error) -> {
              if (error != null) {
                watcher.complete.completeExceptionally(error);
              }
            });
  }

  void unwatch(Watcher watcher) {
    if (!watcher.over.compareAndSet(false, true) || !watchers.remove(watcher)) {
      return;
    }
    boolean wanted =
        watchers.stream()
            .anyMatch(other -> other.name.equals(watcher.name) && other.group == watcher.group);
    if (!wanted && !link.state().isFinal()) {
      CompletableFuture<?> end =
          requests.send(
              number -> new ClientFrame.Unobserve(number, link.id(), watcher.name, watcher.group));
      ending.put(watcher.name, end);
      CompletableFuture<?> unused =
          end.whenComplete(
              (answer, error) -> link.later(Duration.ZERO, () -> ending.remove(watcher.name, end)));
    }
  }

  /** A new connection knows of nothing. What was asked for and not answered is repeated anyway. */
  void connected() {
    for (Watcher watcher : List.copyOf(watchers)) {
      if (!ending.containsKey(watcher.name)) {
        ask(watcher);
      }
    }
  }

  void told(ServerFrame.Leader leader) {
    for (Watcher watcher : watchers) {
      if (watcher.isAbout(leader.lock())) {
        watcher.toldSince.add(leader.lock());
        tell(watcher, leader);
      }
    }
  }

  private static void tell(Watcher watcher, ServerFrame.Leader leader) {
    ServerFrame.Leader before = watcher.known.get(leader.lock());
    if (before != null && leader.revision() < before.revision()) {
      return; // A node that lags (R19).
    }
    if (watcher.group && leader.token() == 0) {
      watcher.known.remove(leader.lock());
    } else {
      watcher.known.put(leader.lock(), leader);
    }
    boolean same =
        before == null
            ? leader.token() == 0
            : before.token() == leader.token() && before.value().equals(leader.value());
    if (!same && watcher.complete.isDone()) {
      watcher.changed.run();
    }
  }

  void toldAll(ServerFrame.Observed observed) {
    for (Watcher watcher : watchers) {
      if (watcher.awaiting != observed.request()) {
        continue; // The answer to another question: there may be more to tell.
      }
      for (ServerFrame.Leader known : List.copyOf(watcher.known.values())) {
        if (!watcher.toldSince.contains(known.lock()) && known.token() != 0) {
          tell(
              watcher,
              new ServerFrame.Leader(
                  known.observer(), known.lock(), "", "", 0, "", observed.revision()));
        }
      }
      if (watcher.complete.complete(null)) {
        watcher.changed.run();
      }
    }
  }

  /** Who leads, or the members: those with a token, by the names of their locks. */
  static List<ServerFrame.Leader> present(Watcher watcher) {
    return watcher.known.values().stream()
        .filter(leader -> leader.token() != 0)
        .sorted((a, b) -> a.lock().compareTo(b.lock()))
        .toList();
  }

  void sessionEnded() {
    watchers.forEach(watcher -> watcher.over.set(true));
    watchers.clear();
  }
}
