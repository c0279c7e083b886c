package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.common.ZKConfig;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One session: one handle of ZooKeeper's own client, from its first connection to its end. Requests
 * are asynchronous and never repeated here, so their answers come in the order in which they were
 * sent, and between them the events, all on the event thread.
 */
final class ZkSession implements Watcher, Feed.Source {
  private static final Logger LOG = LoggerFactory.getLogger(ZkSession.class);

  /** Reads of a load that are under way at once. */
  private static final int LOAD_WINDOW = 512;

  private static final long LOOK_MILLIS = 200;

  private final ZkPaths paths;
  private final Feed feed;
  private final ZooKeeper zk;
  private final Runnable onChange;
  private final LongConsumer beatCheck;
  private final CompletableFuture<Void> firstConnection = new CompletableFuture<>();
  private final AtomicLong connections = new AtomicLong();
  private volatile boolean connected;
  private volatile boolean watched;
  private volatile long currentConnection;
  private volatile long loadedConnection;
  private final Set<Once> open = ConcurrentHashMap.newKeySet();
  private volatile boolean ended;
  private final ReentrantLock closing = new ReentrantLock();
  private volatile boolean closed;
  private volatile @Nullable CoordinatorFailedException refusal;

  /**
   * @param onChange called when {@link #isUsable} or {@link #hasEnded} changes
   * @param beatCheck given the newest commit of each load; throws when it must not be believed
   */
  ZkSession(ZkOptions options, ZkPaths paths, Feed feed, Runnable onChange, LongConsumer beatCheck)
      throws IOException {
    this.paths = paths;
    this.feed = feed;
    this.onChange = onChange;
    this.beatCheck = beatCheck;
    ZKClientConfig config = new ZKClientConfig();
    config.setProperty(ZKConfig.JUTE_MAXBUFFER, Integer.toString(options.juteMaxBuffer()));
    config.setProperty(ZKClientConfig.ENABLE_CLIENT_SASL_KEY, "false");
    this.zk =
        new ZooKeeper(
            options.connect(), (int) options.sessionTimeout().toMillis(), this, false, config);
  }

  long id() {
    return zk.getSessionId();
  }

  byte[] password() {
    return zk.getSessionPasswd();
  }

  /** As the servers granted it. */
  int timeoutMillis() {
    return zk.getSessionTimeout();
  }

  /** Connected, and all that was there at the connection is in the feed. */
  boolean isUsable() {
    return connected && loadedConnection == connections.get() && !ended;
  }

  /**
   * Connected, and {@link Mirror#seen} is not behind what was there at the connection, though not
   * all of it may be applied.
   */
  boolean isCurrent() {
    return connected && currentConnection == connections.get() && !ended;
  }

  boolean hasEnded() {
    return ended;
  }

  /**
   * @throws CoordinatorFailedException what was read must not be used
   */
  void requireSound() {
    CoordinatorFailedException reason = refusal;
    if (reason != null) {
      throw reason;
    }
  }

  CompletableFuture<Void> firstConnection() {
    return firstConnection;
  }

  @Override
  public void process(WatchedEvent event) {
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
        ended = true;
        connected = false;
        firstConnection.completeExceptionally(
            new UnavailableException("The session ended: " + event.getState()));
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

  /** Starts the watch; from now on each connection loads the feed. */
  void follow(Duration patience) throws InterruptedException {
    CompletableFuture<Integer> added = request();
    zk.addWatch(
        paths.live(),
        AddWatchMode.PERSISTENT_RECURSIVE,
        (rc, _, _) -> {
          watched = rc == Code.OK.intValue();
          added.complete(rc);
        },
        null);
    Waiting.forAnswer(added.thenApply(rc -> ok(rc, paths.live())), Waiting.deadline(patience));
    long connection = connections.get();
    load(connection);
  }

  // ---- Requests. Each completes on the event thread.

  /** A znode as read. */
  record Node(Bytes data, Stat stat) {}

  /**
   * @param onAnswer on the event thread, before anything that came after the answer is handled
   */
  void multi(List<Op> ops, BiConsumer<Code, List<OpResult>> onAnswer) {
    Once once = open(() -> onAnswer.accept(Code.SESSIONEXPIRED, List.of()));
    zk.multi(
        ops,
        (rc, _, _, results) -> {
          if (once.first()) {
            onAnswer.accept(code(rc), results == null ? List.of() : results);
          }
        },
        null);
  }

  /** A request that is answered, or dropped at the end of the session: the client may forget it. */
  private final class Once {
    private final AtomicBoolean done = new AtomicBoolean();
    private final Runnable dropped;

    Once(Runnable dropped) {
      this.dropped = dropped;
    }

    boolean first() {
      open.remove(this);
      return done.compareAndSet(false, true);
    }
  }

  private Once open(Runnable dropped) {
    Once once = new Once(dropped);
    open.add(once);
    if (closed) {
      drop();
    }
    return once;
  }

  private <T extends @Nullable Object> CompletableFuture<T> request() {
    CompletableFuture<T> answer = new CompletableFuture<>();
    Once once =
        open(() ->
            answer.completeExceptionally(
                unavailable(Code.SESSIONEXPIRED.intValue(), paths.root())));
    var _ = answer.whenComplete((_, _) -> once.first());
    return answer;
  }

  private void drop() {
    for (Once once : open) {
      if (once.first()) {
        once.dropped.run();
      }
    }
  }

  CompletableFuture<@Nullable Node> get(String path) {
    CompletableFuture<@Nullable Node> answer = request();
    zk.getData(
        path,
        false,
        (rc, _, _, data, stat) -> {
          switch (code(rc)) {
            case OK ->
                answer.complete(new Node(data == null ? Bytes.EMPTY : Bytes.wrap(data), stat));
            case NONODE -> answer.complete(null);
            default -> answer.completeExceptionally(unavailable(rc, path));
          }
        },
        null);
    return answer;
  }

  /** Names of the children; empty when there is no such znode. */
  CompletableFuture<List<String>> children(String path) {
    CompletableFuture<List<String>> answer = request();
    children(path, answer::complete, answer::completeExceptionally);
    return answer;
  }

  private void children(
      String path, Consumer<List<String>> onNames, Consumer<UnavailableException> onFailure) {
    zk.getChildren(
        path,
        false,
        (int rc, String _, Object _, List<String> names) -> {
          switch (code(rc)) {
            case OK -> onNames.accept(names);
            case NONODE -> onNames.accept(List.of());
            default -> onFailure.accept(unavailable(rc, path));
          }
        },
        null);
  }

  /** OK also when it is there already. */
  CompletableFuture<Boolean> create(String path, byte[] data, CreateMode mode) {
    CompletableFuture<Boolean> answer = request();
    zk.create(
        path,
        data,
        ZooDefs.Ids.OPEN_ACL_UNSAFE,
        mode,
        (rc, _, _, _) -> {
          switch (code(rc)) {
            case OK -> answer.complete(true);
            case NODEEXISTS -> answer.complete(false);
            default -> answer.completeExceptionally(unavailable(rc, path));
          }
        },
        null);
    return answer;
  }

  void set(String path, byte[] data, int version, BiConsumer<Code, @Nullable Stat> onAnswer) {
    Once once = open(() -> onAnswer.accept(Code.SESSIONEXPIRED, null));
    zk.setData(
        path,
        data,
        version,
        (rc, _, _, stat) -> {
          if (once.first()) {
            onAnswer.accept(code(rc), stat);
          }
        },
        null);
  }

  @Override
  public void fetch(EntryKey key) {
    String path = paths.entry(key);
    zk.getData(
        path,
        false,
        (rc, _, _, data, stat) -> {
          switch (code(rc)) {
            case OK ->
                feed.fetched(this, key, Cell.decode(key, data, stat.getMzxid(), stat.getVersion()));
            case NONODE -> feed.fetched(this, key, null);
            default -> LOG.debug("{} was not read: {}", path, code(rc));
          }
        },
        null);
  }

  /** A bucket and what it remembers; told to the mirror too. */
  CompletableFuture<Bucket> bucket(String path) {
    CompletableFuture<Bucket> answer = request();
    zk.getData(
        path,
        false,
        (rc, _, _, data, stat) -> {
          switch (code(rc)) {
            case OK -> {
              Bucket bucket = Bucket.decode(data, stat.getVersion(), stat.getMzxid());
              if (path.startsWith(paths.live())) {
                feed.bucketRead(this, path, bucket);
              }
              answer.complete(bucket);
            }
            case NONODE -> answer.complete(Bucket.NONE);
            default -> answer.completeExceptionally(unavailable(rc, path));
          }
        },
        null);
    return answer;
  }

  private static Code code(int rc) {
    Code code = Code.get(rc);
    return code == null ? Code.SYSTEMERROR : code;
  }

  private static int ok(int rc, String path) {
    if (rc != Code.OK.intValue()) {
      throw unavailable(rc, path);
    }
    return rc;
  }

  static UnavailableException unavailable(int rc, String what) {
    return new UnavailableException("ZooKeeper answered " + code(rc) + " about " + what);
  }

  // ---- The load of a connection.

  /** Reads everything under the watch. What changes meanwhile comes as an event. */
  private void load(long connection) {
    while (!ended && connections.get() == connection && connected) {
      try {
        new Load(connection).run();
        return;
      } catch (UnavailableException e) {
        LOG.debug("The load of {} broke off: {}", paths.root(), e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) {
        refusal =
            e instanceof CoordinatorFailedException failed
                ? failed
                : new CoordinatorFailedException("Cannot read " + paths.root(), e);
        ended = true;
        onChange.run();
      }
    }
  }

  private final class Load {
    private final long connection;
    private final Window window = new Window(LOAD_WINDOW);
    private final CompletableFuture<Void> failure = new CompletableFuture<>();
    private final Map<String, List<EntryKey>> before = feed.keysByBucket();

    Load(long connection) {
      this.connection = connection;
    }

    void run() throws InterruptedException {
      long revision = newestChange(hear());
      feed.heardOf(revision);
      currentConnection = connection;
      List<String> leases = answer(children(paths.leases()));
      Set<Long> live = new HashSet<>();
      leases.forEach(name -> live.add(ZkPaths.session(name)));
      feed.leasesListed(ZkSession.this, live);
      for (String kind : answer(children(paths.kinds(false)))) {
        String folder = paths.kinds(false) + "/" + kind;
        for (String bucket : answer(children(folder))) {
          loadBucket(folder + "/" + bucket);
        }
      }
      drain();
      finish(revision);
    }

    /** Behind all reads in the order of answers, and on the thread that knows of reconnects. */
    private void finish(long revision) throws InterruptedException {
      CompletableFuture<Integer> done = request();
      zk.exists(
          paths.live(),
          false,
          (int rc, String _, Object _, Stat _) -> {
            if (rc == Code.OK.intValue() && connections.get() == connection) {
              feed.loaded(ZkSession.this, revision);
              loadedConnection = connection;
              onChange.run();
            }
            done.complete(rc);
          },
          null);
      ok(answer(done), paths.live());
    }

    /** How revisions are made comes before all that counts with it. Returns when that changed. */
    private long hear() throws InterruptedException {
      CompletableFuture<Long> changed = request();
      zk.getData(
          paths.base(),
          false,
          (rc, path, _, data, stat) -> {
            if (code(rc) == Code.NONODE) {
              changed.completeExceptionally(new CoordinatorFailedException(path + " is gone"));
            } else if (code(rc) != Code.OK || connections.get() != connection) {
              changed.completeExceptionally(unavailable(rc, path));
            } else {
              feed.hear(ZkSession.this, Revisions.decode(data, stat));
              changed.complete(stat.getMzxid());
            }
          },
          null);
      return answer(changed);
    }

    /** Everything up to it is seen by the reads that follow. Ended leases have no beat. */
    private long newestChange(long raised) throws InterruptedException {
      Node leases = answer(get(paths.leases()));
      return Math.max(newestBeat(raised), leases == null ? 0 : leases.stat().getPzxid());
    }

    private long newestBeat(long raised) throws InterruptedException {
      List<CompletableFuture<@Nullable Node>> beats = new ArrayList<>();
      for (String node : answer(children(paths.beats()))) {
        for (String slot : answer(children(paths.beats(node)))) {
          beats.add(get(paths.beats(node) + "/" + slot));
        }
      }
      long newest = raised;
      for (CompletableFuture<@Nullable Node> beat : beats) {
        Node node = answer(beat);
        newest = Math.max(newest, node == null ? 0 : node.stat().getMzxid());
      }
      feed.heardOfBeat(newest);
      beatCheck.accept(newest);
      return newest;
    }

    private void loadBucket(String bucket) throws InterruptedException {
      acquire();
      children(
          bucket,
          names -> {
            Set<EntryKey> keys = new HashSet<>();
            names.forEach(name -> keys.add(new EntryKey(ZkPaths.unescape(name))));
            feed.listed(ZkSession.this, bucket, keys, before.getOrDefault(bucket, List.of()));
            keys.forEach(this::loadEntry);
            window.release();
          },
          this::fail);
    }

    /** On the event thread, which never waits: the window may be overdrawn by one bucket. */
    private void loadEntry(EntryKey key) {
      window.overdraw();
      zk.getData(
          paths.entry(key),
          false,
          (rc, path, _, data, stat) -> {
            switch (code(rc)) {
              case OK ->
                  feed.fetched(
                      ZkSession.this,
                      key,
                      Cell.decode(key, data, stat.getMzxid(), stat.getVersion()));
              case NONODE -> {
                // Deleted since it was listed: the event has told of it.
              }
              default -> fail(unavailable(rc, path));
            }
            window.release();
          },
          null);
    }

    private void fail(UnavailableException e) {
      failure.completeExceptionally(e);
      window.release();
    }

    private void acquire() throws InterruptedException {
      do {
        check();
      } while (!window.tryAcquire(1, LOOK_MILLIS, TimeUnit.MILLISECONDS));
    }

    /** Waits until nothing is under way. */
    private void drain() throws InterruptedException {
      do {
        check();
      } while (!window.tryAcquire(LOAD_WINDOW, LOOK_MILLIS, TimeUnit.MILLISECONDS));
      check();
    }

    private void check() {
      boolean lost = failure.isCompletedExceptionally() || connections.get() != connection;
      if (lost || ended || closed) {
        throw new UnavailableException("The connection was lost");
      }
    }

    private <T extends @Nullable Object> T answer(CompletableFuture<T> request)
        throws InterruptedException {
      return Waiting.forAnswer(request, Waiting.deadline(Duration.ofMinutes(1)));
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
    Thread goodbye =
        Thread.ofPlatform()
            .name("zk-close")
            .daemon()
            .start(() -> {
              try {
                zk.close();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    // Whoever closes was often interrupted for that; the good-bye is sent all the same.
    boolean interrupted = Thread.interrupted();
    try {
      if (!goodbye.join(patience)) {
        LOG.debug("The session {} is left to expire", Long.toHexString(id()));
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    drop();
  }
}
