// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import dev.holdfast.node.election.ElectionService;
import dev.holdfast.node.election.Leader;
import dev.holdfast.node.election.LeaderBoard;
import dev.holdfast.node.transact.EntryBoard;
import dev.holdfast.node.websocket.CloseCode;
import dev.holdfast.protocol.frame.FrameLimits;
import dev.holdfast.protocol.frame.ServerFrame;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one connection tells one observer. The watch thread only marks what is to be looked at, and
 * never waits: a look at a large group, or a client that reads slowly, holds up a thread of its
 * own. Each look reads and tells under one guard, and what is read here only moves forward, so the
 * observer never learns of an old leader after a newer one.
 */
final class Observed implements LeaderBoard.Observer {
  private static final Logger LOG = LoggerFactory.getLogger(Observed.class);

  /** Marked names; more become one look at everything. */
  static final int MARKED_MAX = 4_096;

  private final String observer;
  private final String name;
  private final boolean group;
  private final ElectionService elections;
  private final FrameChannel channel;

  /** Held while something is read and told. */
  private final ReentrantLock guard = new ReentrantLock();

  private final Map<String, Leader> told = new HashMap<>();
  private EntryBoard.@Nullable Interest interest;
  private boolean over;

  /** Held for a moment only: the watch thread takes it. */
  private final ReentrantLock marks = new ReentrantLock();

  private Set<String> marked = new HashSet<>();
  private boolean allMarked;
  private boolean working;

  Observed(
      String observer,
      String name,
      boolean group,
      ElectionService elections,
      FrameChannel channel) {
    this.observer = observer;
    this.name = name;
    this.group = group;
    this.elections = elections;
    this.channel = channel;
  }

  /**
   * Returns when all that is known here has been told; when it has begun before, told again. Those
   * who were told of and are gone are told as such.
   */
  void begin(LeaderBoard board) {
    guard.lock();
    try {
      if (over) {
        return;
      }
      if (interest == null) {
        interest = board.follow(name, this);
      }
      names().forEach(lock -> look(lock, true));
    } finally {
      guard.unlock();
    }
  }

  void end() {
    guard.lock();
    try {
      over = true;
      if (interest != null) {
        interest.close();
        interest = null;
      }
    } finally {
      guard.unlock();
    }
  }

  @Override
  public void changed(String lock) {
    if (group != lock.equals(name)) {
      mark(() -> {
        if (marked.size() < MARKED_MAX) {
          marked.add(lock);
        } else {
          allMarked = true;
        }
      });
    }
  }

  @Override
  public void resync() {
    mark(() -> allMarked = true);
  }

  private void mark(Runnable marking) {
    marks.lock();
    try {
      marking.run();
      if (working) {
        return;
      }
      working = true;
    } finally {
      marks.unlock();
    }
    Thread.ofVirtual().name("observer").start(this::lookAtMarked);
  }

  /** What is to be looked at; null when nothing is, and the next mark begins anew. */
  private @Nullable Set<String> takeMarked() {
    marks.lock();
    try {
      Set<String> taken = marked;
      boolean all = allMarked;
      marked = new HashSet<>();
      allMarked = false;
      working = all || !taken.isEmpty();
      if (!working) {
        return null;
      }
      return all ? Set.of() : taken;
    } finally {
      marks.unlock();
    }
  }

  private void lookAtMarked() {
    try {
      for (Set<String> next = takeMarked(); next != null; next = takeMarked()) {
        lookAt(next);
      }
    } catch (RuntimeException | Error e) {
      LOG.error("{} was not told of '{}': its connection is closed", channel.client(), name, e);
      channel.close(CloseCode.INTERNAL, "an observer could not be told");
    }
  }

  /**
   * @param locks empty for all
   */
  private void lookAt(Set<String> locks) {
    guard.lock();
    try {
      if (!over) {
        (locks.isEmpty() ? names() : locks).forEach(lock -> look(lock, false));
      }
    } finally {
      guard.unlock();
    }
  }

  private Set<String> names() {
    Set<String> names = new TreeSet<>(told.keySet());
    names.addAll(group ? elections.namesLocally(name) : List.of(name));
    return names;
  }

  private void look(String lock, boolean again) {
    Leader now = elections.leaderLocally(lock);
    Leader before = told.get(lock);
    boolean news = before == null ? now.isPresent() || !group : again || now.differsFrom(before);
    if (!news) {
      return;
    }
    if (group && !now.isPresent()) {
      told.remove(lock);
    } else {
      told.put(lock, now);
    }
    // Not read in time: the send closes the connection, as for every slow client.
    var _ = channel.awaitQuiet(FrameLimits.MAX_FRAME_BYTES);
    channel.send(
        new ServerFrame.Leader(
            observer,
            lock,
            now.session(),
            now.holder(),
            now.token(),
            now.value(),
            elections.appliedRevision()));
  }
}
