// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.UnavailableException;
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
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one session, in the terms of ZooKeeper. They are asynchronous and never repeated
 * here, so their answers come in the order in which they were sent, and between them the events,
 * all on the event thread of the client.
 *
 * <p>It owns what is asked and not answered: at the end of the session the client may forget a
 * request, and then its answer is that the session ended. Thread-safe, and nothing blocks. What
 * takes a callback hands it the answer on the event thread, before anything that came after the
 * answer is handled; a future tells later.
 */
final class Requests {
  private final ZooKeeper zk;
  private final ZkPaths paths;
  private final Consumer<RuntimeException> onBroken;
  private final Set<Once> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * @param paths whose root is named in errors, and whose access what is made here gets
   * @param onBroken told of a callback that threw: whatever it did by half is not to be believed
   */
  Requests(ZooKeeper zk, ZkPaths paths, Consumer<RuntimeException> onBroken) {
    this.zk = zk;
    this.paths = paths;
    this.onBroken = onBroken;
  }

  /** On the event thread, whose loop would log what is thrown and leave the caller waiting. */
  private void guarded(Runnable callback) {
    try {
      callback.run();
    } catch (RuntimeException e) {
      onBroken.accept(e);
    }
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
    Once once =
        open(() -> answer.completeExceptionally(unavailable(Code.SESSIONEXPIRED, paths.root())));
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
            guarded(() -> onAnswer.accept(code(rc), results == null ? List.of() : results));
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
            guarded(() -> onAnswer.accept(code(rc), stat));
          }
        },
        null);
  }

  /** False when it is there already. */
  CompletableFuture<Boolean> create(String path, byte[] data, CreateMode mode) {
    return create(path, data, paths.acl(), mode);
  }

  /** A folder above the root; false when it is there already. */
  CompletableFuture<Boolean> createAncestor(String path) {
    return create(path, new byte[0], paths.ancestorAcl(), CreateMode.PERSISTENT);
  }

  private CompletableFuture<Boolean> create(
      String path, byte[] data, List<ACL> acl, CreateMode mode) {
    CompletableFuture<Boolean> answer = answer();
    zk.create(
        path,
        data,
        acl,
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
          guarded(() -> onAnswer.accept(code, code == Code.OK ? new Znode(bytes, stat) : null));
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
        (int rc, String _, Object _, List<String> names) ->
            guarded(() -> {
              switch (code(rc)) {
                case OK -> onNames.accept(names);
                case NONODE -> onNames.accept(List.of());
                default -> onFailure.accept(unavailable(code(rc), path));
              }
            }),
        null);
  }

  /** Only asks whether the znode is there: for its place among the other answers. */
  void exists(String path, Consumer<Code> onAnswer) {
    zk.exists(
        path,
        false,
        (int rc, String _, Object _, Stat _) -> guarded(() -> onAnswer.accept(code(rc))),
        null);
  }

  /** One watch of all that is below the path; the client renews it on each connection. */
  void watch(String path, Consumer<Code> onAnswer) {
    zk.addWatch(
        path,
        AddWatchMode.PERSISTENT_RECURSIVE,
        (rc, _, _) -> guarded(() -> onAnswer.accept(code(rc))),
        null);
  }

  /** Who may do what with a znode; empty when there is none. */
  CompletableFuture<List<ACL>> acl(String path) {
    CompletableFuture<List<ACL>> answer = answer();
    zk.getACL(
        path,
        new Stat(),
        (int rc, String _, Object _, List<ACL> found, Stat _) -> {
          switch (code(rc)) {
            case OK -> answer.complete(found);
            case NONODE -> answer.complete(List.of());
            default -> answer.completeExceptionally(unavailable(code(rc), path));
          }
        },
        null);
    return answer;
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
    return new UnavailableException(
        "ZooKeeper answered " + code + " about " + what, new Answered(code));
  }

  /** The code behind an exception that says it in words. */
  private static final class Answered extends Exception {
    private static final long serialVersionUID = 1;
    private final Code code;

    Answered(Code code) {
      super(code.name(), null, false, false);
      this.code = code;
    }
  }

  /** Whether the answer is missing because the connection broke: the next one begins anew. */
  static boolean isConnectionLoss(UnavailableException failure) {
    return failure.getCause() instanceof Answered answered && answered.code == Code.CONNECTIONLOSS;
  }

  /** Whether the servers do not let this node do what it must. */
  static boolean isForbidden(UnavailableException failure) {
    return failure.getCause() instanceof Answered answered
        && (answered.code == Code.NOAUTH || answered.code == Code.INVALIDACL);
  }

  // ---- The end.

  /** Answers what is open, now that nothing else will. */
  void close() {
    closed = true;
    drop();
  }
}
