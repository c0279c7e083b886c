// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.system.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One session: one {@link Generation}, from its first connection to its end. What it asks goes
 * through its {@link Requests}; what it is told goes to the {@link Feed}.
 *
 * <p>It owns which connection there is, and how far its {@link Load} is. A connection is counted on
 * the event thread of the client, where the feed begins anew and a load starts on a thread of its
 * own. The load marks how far it is; any thread may ask. {@link #close} and the beginning of a
 * connection exclude each other.
 */
final class ZkSession implements Watcher, Feed.Source {
  private static final Logger LOG = LoggerFactory.getLogger(ZkSession.class);

  private final ZkPaths paths;
  private final Feed feed;
  private final Runnable onChange;
  private final LongConsumer beatCheck;
  private final Generation generation;
  private final ZooKeeper zk;
  private final LongSupplier nanos;
  private final Requests requests;
  private final CompletableFuture<Void> firstConnection = new CompletableFuture<>();
  private final AtomicLong connections = new AtomicLong();
  private volatile boolean connected;
  private volatile boolean watched;
  private volatile long currentConnection;
  private volatile long loadedConnection;
  private volatile boolean ended;
  private final ReentrantLock closing = new ReentrantLock();
  private boolean closed;

  /** Why this session is of no more use; null while it is, and when it simply ended. */
  private volatile @Nullable CoordinatorException reason;

  /**
   * @param handles opens the one of this session
   * @param onChange called when {@link #isUsable} or {@link #hasEnded} changes
   * @param beatCheck given the newest commit of each load; throws when it must not be believed
   * @throws IOException there can be no handle, as with TLS stores that cannot be read
   */
  ZkSession(
      Generation.Handles handles,
      ZkOptions options,
      ZkPaths paths,
      Feed feed,
      Runnable onChange,
      LongConsumer beatCheck,
      LongSupplier nanos)
      throws IOException {
    this.paths = paths;
    this.feed = feed;
    this.onChange = onChange;
    this.beatCheck = beatCheck;
    this.nanos = nanos;
    this.generation = new Generation(handles, options, this);
    this.zk = generation.start();
    this.requests = new Requests(zk, paths, this::broke);
  }

  /** By the clock of this process. */
  Deadline within(Duration patience) {
    return Deadline.after(patience, nanos);
  }

  Requests requests() {
    return requests;
  }

  long id() {
    return zk.getSessionId();
  }

  /** For tests. */
  byte[] password() {
    return zk.getSessionPasswd();
  }

  /** As the servers granted it. */
  int timeoutMillis() {
    return zk.getSessionTimeout();
  }

  // ---- How far it is.

  CompletableFuture<Void> firstConnection() {
    return firstConnection;
  }

  /** Connected, and all that was there at the connection is in the mirror. */
  boolean isUsable() {
    return connected && isAt(loadedConnection) && !ended;
  }

  /**
   * Connected, and {@link Mirror#seen} is not behind what was there at the connection, though not
   * all of it may be applied.
   */
  boolean isCurrent() {
    return connected && isAt(currentConnection) && !ended;
  }

  /** No other connection has begun since. */
  boolean isAt(long connection) {
    return connections.get() == connection;
  }

  boolean hasEnded() {
    return ended;
  }

  /**
   * @throws CoordinatorFailedException what was read must not be used
   * @throws UnavailableException the servers do not let this node read
   */
  void requireSound() {
    CoordinatorException known = reason;
    if (known != null) {
      throw known;
    }
  }

  /** What was handled by half is not to be believed. */
  private void broke(RuntimeException failure) {
    endWith(
        failure instanceof CoordinatorFailedException known
            ? known
            : new CoordinatorFailedException("Cannot read " + paths.root(), failure));
  }

  private void endWith(CoordinatorException why) {
    if (reason == null) {
      reason = why;
    }
    ended = true;
    onChange.run();
  }

  // ---- What the client tells, on its event thread.

  @Override
  public void process(WatchedEvent event) {
    try {
      handle(event);
    } catch (RuntimeException e) {
      broke(e);
    }
  }

  private void handle(WatchedEvent event) {
    if (event.getType() != Event.EventType.None) {
      String path = event.getPath();
      if (paths.base().equals(path)) {
        begin();
        onChange.run();
      } else if (path != null) {
        feed.event(this, event.getType(), path, event.getZxid());
      }
      return;
    }
    switch (event.getState()) {
      case SyncConnected -> {
        begin();
        firstConnection.complete(null);
      }
      case Expired, AuthFailed, Closed -> {
        UnavailableException over =
            new UnavailableException("The session ended: " + event.getState());
        if (event.getState() == Event.KeeperState.AuthFailed) {
          reason = over;
        }
        ended = true;
        connected = false;
        firstConnection.completeExceptionally(over);
      }
      default -> connected = false;
    }
    onChange.run();
  }

  /**
   * Also when revisions are made in a new way: what comes from now on counts with it. Nothing
   * begins after {@link #close}: to say good-bye the client connects once more, when the mirror is
   * fed by the next session already.
   */
  private void begin() {
    closing.lock();
    try {
      if (closed) {
        return;
      }
      long connection = connections.incrementAndGet();
      feed.begin(this);
      connected = true;
      if (watched) {
        Thread.ofVirtual().name("zk-load").start(() -> load(connection));
      }
    } finally {
      closing.unlock();
    }
  }

  // ---- Loads.

  /** Starts the watch; from now on each connection loads the mirror. Blocks until it is loaded. */
  void follow(Duration patience) throws InterruptedException {
    CompletableFuture<Code> added = requests.answer();
    requests.watch(
        paths.live(),
        code -> {
          watched = code == Code.OK;
          added.complete(code);
        });
    Requests.requireOk(Waiting.forAnswer(added, within(patience)), paths.live());
    load(connections.get());
  }

  /**
   * Once. After a lost connection another begins, which has a load of its own. Whatever else stops
   * a load would stop the next one too, so it ends the session, and the link starts over in time.
   */
  private void load(long connection) {
    try {
      new Load(this, connection, paths, feed, beatCheck).run();
    } catch (UnavailableException e) {
      LOG.debug("The load of {} broke off: {}", paths.root(), e.getMessage());
      if (!ended && isAt(connection) && !Requests.isConnectionLoss(e)) {
        endWith(e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      broke(e);
    }
  }

  /** By the load: {@link #isCurrent}, if the connection still is this one. */
  void nowCurrent(long connection) {
    currentConnection = connection;
  }

  /** By the load: {@link #isUsable}, if the connection still is this one. */
  void nowLoaded(long connection) {
    loadedConnection = connection;
    onChange.run();
  }

  // ---- Reads that the feed is told of.

  @Override
  public void fetch(EntryKey key) {
    String path = paths.entry(key);
    requests.get(
        path,
        (code, znode) -> {
          switch (code) {
            case OK, NONODE -> feed.fetched(this, key, znode == null ? null : Cell.of(key, znode));
            default -> LOG.debug("{} was not read: {}", path, code);
          }
        });
  }

  /** A bucket and what it remembers; the feed is told if it is one of those that are followed. */
  CompletableFuture<Bucket> bucket(String path) {
    CompletableFuture<Bucket> answer = requests.answer();
    requests.get(
        path,
        (code, znode) -> {
          if (znode != null) {
            completeBucket(path, znode, answer);
          } else if (code == Code.NONODE) {
            answer.complete(Bucket.NONE);
          } else {
            answer.completeExceptionally(Requests.unavailable(code, path));
          }
        });
    return answer;
  }

  /** One that cannot be read fails who asked, at once. */
  private void completeBucket(String path, Znode znode, CompletableFuture<Bucket> answer) {
    try {
      Bucket bucket = Bucket.of(znode);
      if (path.startsWith(paths.live())) {
        feed.bucketRead(this, path, bucket);
      }
      answer.complete(bucket);
    } catch (CoordinatorFailedException e) {
      answer.completeExceptionally(e);
    }
  }

  /** Ends the session as far as the network allows. Blocks. */
  void close(Duration patience) {
    closing.lock();
    try {
      closed = true;
    } finally {
      closing.unlock();
    }
    ended = true;
    connected = false;
    generation.close(patience);
    requests.close();
  }
}
