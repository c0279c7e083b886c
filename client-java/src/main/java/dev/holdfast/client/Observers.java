// SPDX-License-Identifier: Apache-2.0
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
final class Observers {
  /** What one name stands for, and who wants to know. */
  static final class Observer {
    final String name;
    final boolean group;
    final CompletableFuture<Void> complete = new CompletableFuture<>();

    private final Runnable changed;
    private final Map<String, ServerFrame.Leader> known = new HashMap<>();
    private final Set<String> toldSince = new HashSet<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private long awaiting;

    private Observer(String name, boolean group, Runnable changed) {
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

  private final SessionView link;
  private final ElectionRequests elections;
  private final ClientRuntime runtime;
  private final Guard guard;
  private final List<Observer> observers = new ArrayList<>();

  /** A node may read the next question first: the same name is asked for again after that. */
  private final Map<String, CompletableFuture<?>> ending = new HashMap<>();

  Observers(SessionView link, ElectionRequests elections, ClientRuntime runtime, Guard guard) {
    this.link = link;
    this.elections = elections;
    this.runtime = runtime;
    this.guard = guard;
  }

  /**
   * @param changed on the events thread, after each change, never twice at once; several changes
   *     may be told as one
   */
  Observer watch(String name, boolean group, Consumer<Observer> changed) {
    AtomicBoolean due = new AtomicBoolean();
    Observer[] self = new Observer[1];
    Observer observer =
        new Observer(
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
    self[0] = observer;
    observers.add(observer);
    CompletableFuture<?> end = ending.get(name);
    if (end == null) {
      ask(observer);
    } else {
      CompletableFuture<?> unused =
          end.whenComplete((answer, error) -> guard.later(Duration.ZERO, () -> ask(observer)));
    }
    return observer;
  }

  /** Also when others watch the same: a node tells everything again. */
  private void ask(Observer observer) {
    if (observer.isOver()) {
      return;
    }
    observer.toldSince.clear();
    CompletableFuture<?> unused =
        elections
            .send(number -> {
              observer.awaiting = number;
              return new ClientFrame.Observe(
                  number, link.id(), observer.name, observer.group, runtime.seen().get());
            })
            .whenComplete((answer, error) -> {
              if (error != null) {
                observer.complete.completeExceptionally(error);
              }
            });
  }

  void unwatch(Observer observer) {
    if (!observer.over.compareAndSet(false, true) || !observers.remove(observer)) {
      return;
    }
    boolean wanted =
        observers.stream()
            .anyMatch(other -> other.name.equals(observer.name) && other.group == observer.group);
    if (!wanted && !link.state().isFinal()) {
      CompletableFuture<?> end =
          elections.send(number ->
              new ClientFrame.Unobserve(number, link.id(), observer.name, observer.group));
      ending.put(observer.name, end);
      CompletableFuture<?> unused =
          end.whenComplete((answer, error) ->
              guard.later(Duration.ZERO, () -> ending.remove(observer.name, end)));
    }
  }

  /** A new connection knows of nothing. What was asked for and not answered is repeated anyway. */
  void connected() {
    for (Observer observer : List.copyOf(observers)) {
      if (!ending.containsKey(observer.name)) {
        ask(observer);
      }
    }
  }

  void told(ServerFrame.Leader leader) {
    for (Observer observer : observers) {
      if (observer.isAbout(leader.lock())) {
        observer.toldSince.add(leader.lock());
        tell(observer, leader);
      }
    }
  }

  private static void tell(Observer observer, ServerFrame.Leader leader) {
    ServerFrame.Leader before = observer.known.get(leader.lock());
    if (before != null && leader.revision() < before.revision()) {
      return; // A node that lags (R19).
    }
    if (observer.group && leader.token() == 0) {
      observer.known.remove(leader.lock());
    } else {
      observer.known.put(leader.lock(), leader);
    }
    boolean same =
        before == null
            ? leader.token() == 0
            : before.token() == leader.token() && before.value().equals(leader.value());
    if (!same && observer.complete.isDone()) {
      observer.changed.run();
    }
  }

  void toldAll(ServerFrame.Observed observed) {
    for (Observer observer : observers) {
      if (observer.awaiting != observed.request()) {
        continue; // The answer to another question: there may be more to tell.
      }
      for (ServerFrame.Leader known : List.copyOf(observer.known.values())) {
        if (!observer.toldSince.contains(known.lock()) && known.token() != 0) {
          tell(
              observer,
              new ServerFrame.Leader(
                  known.observer(), known.lock(), "", "", 0, "", observed.revision()));
        }
      }
      if (observer.complete.complete(null)) {
        observer.changed.run();
      }
    }
  }

  /** Who leads, or the members: those with a token, by the names of their locks. */
  static List<ServerFrame.Leader> present(Observer observer) {
    return observer.known.values().stream()
        .filter(leader -> leader.token() != 0)
        .sorted((a, b) -> a.lock().compareTo(b.lock()))
        .toList();
  }

  void sessionEnded() {
    observers.forEach(observer -> observer.over.set(true));
    observers.clear();
  }
}
