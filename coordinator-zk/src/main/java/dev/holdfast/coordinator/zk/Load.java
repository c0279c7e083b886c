// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;

/**
 * Reads everything below {@code live} into the {@link Feed}, once for a connection and under its
 * watch: what changes meanwhile comes as an event, in order with what is read.
 *
 * <p>It runs on a thread of its own, which waits; its answers come on the event thread, which never
 * does. It owns how many reads are under way, and what was known before it began. It breaks off
 * when another connection begins, and leaves behind only what is true all the same.
 */
final class Load {
  /** Reads that are under way at once. */
  private static final int IN_FLIGHT_MAX = 512;

  private static final long LOOK_MILLIS = 200;

  private final ZkSession session;
  private final long connection;
  private final Requests requests;
  private final ZkPaths paths;
  private final Feed feed;
  private final LongConsumer beatCheck;
  private final InFlightLimit inFlight = new InFlightLimit(IN_FLIGHT_MAX);
  private final CompletableFuture<Void> failure = new CompletableFuture<>();
  private final Map<String, List<EntryKey>> before;

  /**
   * @param connection of the session, for which this is
   * @param beatCheck given the newest commit; throws when it must not be believed (R9)
   */
  Load(ZkSession session, long connection, ZkPaths paths, Feed feed, LongConsumer beatCheck) {
    this.session = session;
    this.connection = connection;
    this.requests = session.requests();
    this.paths = paths;
    this.feed = feed;
    this.beatCheck = beatCheck;
    this.before = feed.keysByBucket();
  }

  /**
   * @throws UnavailableException it broke off
   * @throws CoordinatorFailedException what was read must not be used
   */
  void run() throws InterruptedException {
    long revision = newestChange(hear());
    feed.heardOf(revision);
    session.nowCurrent(connection);
    List<String> leases = answer(requests.children(paths.leases()));
    Set<Long> live = new HashSet<>();
    leases.forEach(name -> live.add(ZkPaths.session(name)));
    feed.leasesListed(session, live);
    for (String kind : answer(requests.children(paths.kinds(false)))) {
      String folder = paths.kinds(false) + "/" + kind;
      for (String bucket : answer(requests.children(folder))) {
        loadBucket(folder + "/" + bucket);
      }
    }
    drain();
    finish(revision);
  }

  /** How revisions are made comes before all that counts with it. Returns when that changed. */
  private long hear() throws InterruptedException {
    CompletableFuture<Long> changed = requests.answer();
    String path = paths.base();
    requests.get(
        path,
        (code, base) -> {
          if (code == Code.NONODE) {
            changed.completeExceptionally(new CoordinatorFailedException(path + " is gone"));
          } else if (base == null || !session.isAt(connection)) {
            changed.completeExceptionally(Requests.unavailable(code, path));
          } else {
            feed.hear(session, Revisions.decode(base.data().toArray(), base.stat()));
            changed.complete(base.stat().getMzxid());
          }
        });
    return answer(changed);
  }

  /** Everything up to it is seen by the reads that follow. Ended leases have no beat. */
  private long newestChange(long raised) throws InterruptedException {
    Znode leases = answer(requests.get(paths.leases()));
    return Math.max(newestBeat(raised), leases == null ? 0 : leases.stat().getPzxid());
  }

  private long newestBeat(long raised) throws InterruptedException {
    List<CompletableFuture<@Nullable Znode>> beats = new ArrayList<>();
    for (String node : answer(requests.children(paths.beats()))) {
      for (String slot : answer(requests.children(paths.beats(node)))) {
        beats.add(requests.get(paths.beats(node) + "/" + slot));
      }
    }
    long newest = raised;
    for (CompletableFuture<@Nullable Znode> beat : beats) {
      Znode znode = answer(beat);
      newest = Math.max(newest, znode == null ? 0 : znode.stat().getMzxid());
    }
    feed.heardOfBeat(newest);
    beatCheck.accept(newest);
    return newest;
  }

  private void loadBucket(String bucket) throws InterruptedException {
    acquire();
    requests.children(
        bucket,
        names -> {
          Set<EntryKey> keys = new HashSet<>();
          names.forEach(name -> keys.add(new EntryKey(ZkPaths.unescape(name))));
          feed.listed(session, bucket, keys, before.getOrDefault(bucket, List.of()));
          keys.forEach(this::loadEntry);
          inFlight.release();
        },
        e -> {
          failure.completeExceptionally(e);
          inFlight.release();
        });
  }

  /** On the event thread, which never waits: the limit may be overdrawn by one bucket. */
  private void loadEntry(EntryKey key) {
    inFlight.overdraw();
    String path = paths.entry(key);
    requests.get(
        path,
        (code, znode) -> {
          if (znode != null) {
            feed.fetched(session, key, Cell.of(key, znode));
          } else if (code != Code.NONODE) {
            // Else it was deleted since it was listed: the event has told of it.
            failure.completeExceptionally(Requests.unavailable(code, path));
          }
          inFlight.release();
        });
  }

  /** Behind all reads in the order of answers, and on the thread that knows of reconnects. */
  private void finish(long revision) throws InterruptedException {
    CompletableFuture<Code> done = requests.answer();
    requests.exists(
        paths.live(),
        code -> {
          if (code == Code.OK && session.isAt(connection)) {
            feed.loaded(session, revision);
            session.nowLoaded(connection);
          }
          done.complete(code);
        });
    Requests.requireOk(answer(done), paths.live());
  }

  private void acquire() throws InterruptedException {
    do {
      check();
    } while (!inFlight.tryAcquire(1, LOOK_MILLIS, TimeUnit.MILLISECONDS));
  }

  /** Waits until nothing is under way. */
  private void drain() throws InterruptedException {
    do {
      check();
    } while (!inFlight.tryAcquire(IN_FLIGHT_MAX, LOOK_MILLIS, TimeUnit.MILLISECONDS));
    check();
  }

  private void check() {
    if (failure.state() == Future.State.FAILED
        && failure.exceptionNow() instanceof UnavailableException known) {
      throw known;
    }
    if (!session.isAt(connection) || session.hasEnded()) {
      throw new UnavailableException("The connection was lost");
    }
  }

  private <T extends @Nullable Object> T answer(CompletableFuture<T> request)
      throws InterruptedException {
    return Waiting.forAnswer(request, session.within(Duration.ofMinutes(1)));
  }
}
