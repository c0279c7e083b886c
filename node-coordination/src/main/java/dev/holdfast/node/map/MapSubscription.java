// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.map;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One watch of one client: which keys changed that it was not told of yet. It keeps keys, never
 * values: what is told is how the key is then, so a slow client gets fewer and newer ones. Too many
 * keys become one resync, so a client that does not read costs no memory.
 */
public final class MapSubscription implements MapBoard.MapListener, AutoCloseable {
  /** Keys that wait to be told. */
  static final int KEYS_MAX = 4_096;

  private final MapBoard board;
  private final String map;
  private final String prefix;
  private final Runnable onWork;
  private final ReentrantLock lock = new ReentrantLock();
  private final LinkedHashSet<String> waiting = new LinkedHashSet<>();
  private long resyncAt = -1;
  private boolean working;
  private volatile boolean closed;

  /**
   * @param onWork called when there is something to take, and nobody was told before; on the
   *     watch's thread
   */
  MapSubscription(MapBoard board, String map, String prefix, Runnable onWork) {
    this.board = board;
    this.map = map;
    this.prefix = prefix;
    this.onWork = onWork;
  }

  /**
   * Begins; what this node applies from now on is told. One that was closed meanwhile stays closed:
   * each frame of a connection has a thread, and the end of a watch may overtake its begin.
   */
  public void open() {
    board.follow(map, this);
    if (closed) {
      board.unfollow(map, this);
    }
  }

  public String map() {
    return map;
  }

  /**
   * What is to be told next.
   *
   * @param keys that changed, in the order of their first change
   * @param resyncAt changes up to this revision may be missing; negative when none are
   */
  public record Work(List<String> keys, long resyncAt) {
    public boolean isNone() {
      return keys.isEmpty() && resyncAt < 0;
    }
  }

  /** Up to {@code most} keys; nothing means that {@code onWork} is called again. */
  public Work take(int most) {
    lock.lock();
    try {
      if (resyncAt >= 0) {
        Work work = new Work(List.of(), resyncAt);
        resyncAt = -1;
        return work;
      }
      List<String> keys = new ArrayList<>(Math.min(most, waiting.size()));
      while (keys.size() < most && !waiting.isEmpty()) {
        keys.add(waiting.removeFirst());
      }
      working = !keys.isEmpty();
      return new Work(keys, -1);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void changed(String key) {
    if (!key.startsWith(prefix)) {
      return;
    }
    lock.lock();
    try {
      if (resyncAt < 0) {
        waiting.add(key);
      }
      if (waiting.size() > KEYS_MAX) {
        waiting.clear();
        resyncAt = 0;
      }
      if (working || closed) {
        return;
      }
      working = true;
    } finally {
      lock.unlock();
    }
    onWork.run();
  }

  @Override
  public void resync(long revision) {
    lock.lock();
    try {
      waiting.clear();
      resyncAt = Math.max(resyncAt, revision);
      if (working || closed) {
        return;
      }
      working = true;
    } finally {
      lock.unlock();
    }
    onWork.run();
  }

  public boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
    board.unfollow(map, this);
  }
}
