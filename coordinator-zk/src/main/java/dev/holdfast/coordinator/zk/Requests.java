package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of one session, in the terms of ZooKeeper. They are asynchronous and never repeated
 * here, so their answers come in the order in which they were sent, and between them the events,
 * all on the event thread of the client.
 *
 * <p>It owns the client's handle and what is asked and not answered: at the end of the session the
 * client may forget a request, and then its answer is that the session ended. Thread-safe, and only
 * {@link #close} blocks. What takes a callback hands it the answer on the event thread, before
 * anything that came after the answer is handled; a future tells later.
 */
final class Requests {
  private static final Logger LOG = LoggerFactory.getLogger(Requests.class);

  private final ZooKeeper zk;
  private final String root;
  private final Set<Once> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * @param root named in errors
   */
  Requests(ZooKeeper zk, String root) {
    this.zk = zk;
    this.root = root;
  }

  /** A request that is answered, or dropped at the end of the session. */
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

  private void drop() {
    for (Once once : open) {
      if (once.first()) {
        once.dropped.run();
      }
    }
  }

  /** For an answer that somebody waits for; it fails when the session ends before. */
  <T extends @Nullable Object> CompletableFuture<T> answer() {
    CompletableFuture<T> answer = new CompletableFuture<>();
    Once once = open(() -> answer.completeExceptionally(unavailable(Code.SESSIONEXPIRED, root)));
    var _ = answer.whenComplete((_, _) -> once.first());
    return answer;
  }

  // ---- Writes.

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

  /** False when it is there already. */
  CompletableFuture<Boolean> create(String path, byte[] data, CreateMode mode) {
    CompletableFuture<Boolean> answer = answer();
    zk.create(
        path,
        data,
        ZooDefs.Ids.OPEN_ACL_UNSAFE,
        mode,
        (rc, _, _, _) -> {
          switch (code(rc)) {
            case OK -> answer.complete(true);
            case NODEEXISTS -> answer.complete(false);
            default -> answer.completeExceptionally(unavailable(code(rc), path));
          }
        },
        null);
    return answer;
  }

  // ---- Reads.

  /** Null when there is no such znode. */
  CompletableFuture<@Nullable Znode> get(String path) {
    CompletableFuture<@Nullable Znode> answer = answer();
    get(
        path,
        (code, znode) -> {
          switch (code) {
            case OK, NONODE -> answer.complete(znode);
            default -> answer.completeExceptionally(unavailable(code, path));
          }
        });
    return answer;
  }

  /**
   * @param onAnswer given the znode only with {@link Code#OK}; may never be called when the session
   *     ends
   */
  void get(String path, BiConsumer<Code, @Nullable Znode> onAnswer) {
    zk.getData(
        path,
        false,
        (rc, _, _, data, stat) -> {
          Code code = code(rc);
          Bytes bytes = data == null ? Bytes.EMPTY : Bytes.wrap(data);
          onAnswer.accept(code, code == Code.OK ? new Znode(bytes, stat) : null);
        },
        null);
  }

  /** Names of the children; empty when there is no such znode. */
  CompletableFuture<List<String>> children(String path) {
    CompletableFuture<List<String>> answer = answer();
    children(path, answer::complete, answer::completeExceptionally);
    return answer;
  }

  /** One of the two is called, or none when the session ends. */
  void children(
      String path, Consumer<List<String>> onNames, Consumer<UnavailableException> onFailure) {
    zk.getChildren(
        path,
        false,
        (int rc, String _, Object _, List<String> names) -> {
          switch (code(rc)) {
            case OK -> onNames.accept(names);
            case NONODE -> onNames.accept(List.of());
            default -> onFailure.accept(unavailable(code(rc), path));
          }
        },
        null);
  }

  /** Only asks whether the znode is there: for its place among the other answers. */
  void exists(String path, Consumer<Code> onAnswer) {
    zk.exists(path, false, (int rc, String _, Object _, Stat _) -> onAnswer.accept(code(rc)), null);
  }

  /** One watch of all that is below the path; the client renews it on each connection. */
  void watch(String path, Consumer<Code> onAnswer) {
    zk.addWatch(
        path, AddWatchMode.PERSISTENT_RECURSIVE, (rc, _, _) -> onAnswer.accept(code(rc)), null);
  }

  private static Code code(int rc) {
    Code code = Code.get(rc);
    return code == null ? Code.SYSTEMERROR : code;
  }

  static void requireOk(Code code, String what) {
    if (code != Code.OK) {
      throw unavailable(code, what);
    }
  }

  /**
   * @throws UnavailableException the answer is that this process may not write
   */
  static void requireAllowed(Code code) {
    if (code == Code.NOAUTH || code == Code.QUOTAEXCEEDED) {
      throw new UnavailableException("ZooKeeper refuses to write below its root: " + code);
    }
  }

  static UnavailableException unavailable(Code code, String what) {
    return new UnavailableException("ZooKeeper answered " + code + " about " + what);
  }

  // ---- The end.

  /** Ends the session as far as the network allows, and answers what is open. Blocks. */
  void close(Duration patience) {
    closed = true;
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
        LOG.debug("The session {} is left to expire", Long.toHexString(zk.getSessionId()));
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
