package dev.holdfast.node.socket;

import dev.holdfast.node.election.ElectionService;
import dev.holdfast.node.election.Leader;
import dev.holdfast.node.election.LeaderBoard;
import dev.holdfast.node.transact.EntryBoard;
import dev.holdfast.protocol.frame.ServerFrame;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What one connection tells one observer. Each look reads and tells under one guard, and what is
 * read here only moves forward, so the observer never hears of an old leader after a newer one.
 */
final class Observed implements LeaderBoard.Observer {
  private final String observer;
  private final String name;
  private final boolean group;
  private final ElectionService elections;
  private final FrameChannel channel;
  private final ReentrantLock guard = new ReentrantLock();
  private final Map<String, Leader> told = new HashMap<>();
  private EntryBoard.@Nullable Interest interest;
  private boolean over;

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
    guard.lock();
    try {
      if (!over && group != lock.equals(name)) {
        look(lock, false);
      }
    } finally {
      guard.unlock();
    }
  }

  @Override
  public void resync() {
    guard.lock();
    try {
      if (!over) {
        names().forEach(lock -> look(lock, false));
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
