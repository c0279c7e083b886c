// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.system.Deadline;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * The beat znodes of this node (R1). A commit takes one of them for itself, and its {@code multi}
 * ends with {@code setData(beat, (incarnation, sequence), version)}. So whether a commit was
 * applied can be found out at any time later: {@link #settle} sets the same beat at the same
 * version. Either that succeeds, and the commit was not applied and never will be; or the beat has
 * moved on, and says by which commit and, with its {@code mzxid}, at which revision.
 */
final class Beats {
  /** Commits of this node that are under way at once. */
  static final int SLOTS = 64;

  private static final int UNREAD = -1;

  private final ZkPaths paths;
  private final String node;
  private final String incarnation;
  private final ZkLink link;
  private final Semaphore free = new Semaphore(SLOTS);
  private final ConcurrentLinkedDeque<Beat> beats = new ConcurrentLinkedDeque<>();
  private final AtomicLong sequences = new AtomicLong();
  private final long start;

  /**
   * @param startMillis of this process, by the wall clock: another one than at its last start
   */
  Beats(ZkPaths paths, String node, String incarnation, long startMillis, ZkLink link) {
    this.paths = paths;
    this.node = node;
    this.incarnation = incarnation;
    this.start = startMillis;
    this.link = link;
    for (int slot = 0; slot < SLOTS; slot++) {
      beats.add(new Beat(paths.beat(node, slot)));
    }
  }

  /** One znode, owned by one commit at a time. */
  static final class Beat {
    final String path;
    volatile int version = UNREAD;

    /** What the commit that owns it writes. */
    volatile byte[] mark = new byte[0];

    Beat(String path) {
      this.path = path;
    }

    /** Last in the {@code multi}: it closes the group of events, see {@link Pending}. */
    Op operation() {
      return Op.setData(path, mark, version);
    }

    void applied(Stat stat) {
      version = stat.getVersion();
    }
  }

  /** What became of a commit without an answer. */
  sealed interface Fate {
    record Applied(long zxid) implements Fate {}

    /** Neither now nor later. */
    record NotApplied() implements Fate {}

    /** Somebody else writes this beat. */
    record Unknown() implements Fate {}
  }

  Beat take(Requests requests, Deadline deadline) throws InterruptedException {
    if (!free.tryAcquire(deadline.leftNanos(), TimeUnit.NANOSECONDS)) {
      throw new UnavailableException("Busy: " + SLOTS + " commits of this node are under way");
    }
    Beat beat = beats.poll();
    if (beat == null) {
      throw new IllegalStateException("A permit without a beat");
    }
    try {
      if (beat.version == UNREAD) {
        read(beat, requests, deadline);
      }
      beat.mark = mark("commit", sequences.incrementAndGet());
      return beat;
    } catch (RuntimeException | InterruptedException e) {
      give(beat);
      throw e;
    }
  }

  private byte[] mark(String what, long sequence) {
    // A process that starts again counts from 1: its start tells the two apart.
    String text = what + " " + incarnation + " " + start + " " + sequence;
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void read(Beat beat, Requests requests, Deadline deadline) throws InterruptedException {
    Znode there = Waiting.forAnswer(requests.get(beat.path), deadline);
    if (there == null) {
      Waiting.forAnswer(
          requests.create(paths.beats(node), new byte[0], CreateMode.PERSISTENT), deadline);
      Waiting.forAnswer(requests.create(beat.path, new byte[0], CreateMode.PERSISTENT), deadline);
      there = Waiting.forAnswer(requests.get(beat.path), deadline);
    }
    if (there == null) {
      throw new UnavailableException(beat.path + " is not there");
    }
    beat.version = there.stat().getVersion();
  }

  void give(Beat beat) {
    beats.push(beat);
    free.release();
  }

  /** Its version is not as we thought. */
  void reread(Beat beat) {
    beat.version = UNREAD;
  }

  /**
   * Finds out, on whatever session there is, until the deadline.
   *
   * @throws UnavailableException not found out
   */
  Fate settle(Beat beat, Deadline deadline) throws InterruptedException {
    byte[] fence = mark("fence", sequences.incrementAndGet());
    while (true) {
      try {
        Requests requests = link.usable(deadline).requests();
        Fate fate = settle(beat, fence, requests, deadline);
        if (fate != null) {
          return fate;
        }
      } catch (CoordinatorException e) {
        if (deadline.hasPassed() || link.isClosed()) {
          throw e;
        }
      }
    }
  }

  private @Nullable Fate settle(Beat beat, byte[] fence, Requests requests, Deadline deadline)
      throws InterruptedException {
    CompletableFuture<Code> answer = new CompletableFuture<>();
    requests.set(
        beat.path,
        fence,
        beat.version,
        (code, stat) -> {
          if (code == Code.OK && stat != null) {
            beat.applied(stat);
          }
          answer.complete(code);
        });
    Code code = Waiting.forAnswer(answer, deadline);
    if (code == Code.OK) {
      return new Fate.NotApplied();
    }
    if (code != Code.BADVERSION) {
      return null;
    }
    Znode there = Waiting.forAnswer(requests.get(beat.path), deadline);
    if (there == null) {
      return new Fate.Unknown();
    }
    byte[] mark = beat.mark;
    beat.applied(there.stat());
    if (there.data().equals(Bytes.wrap(mark))) {
      return new Fate.Applied(there.stat().getMzxid());
    }
    return there.data().equals(Bytes.wrap(fence)) ? new Fate.NotApplied() : new Fate.Unknown();
  }
}
