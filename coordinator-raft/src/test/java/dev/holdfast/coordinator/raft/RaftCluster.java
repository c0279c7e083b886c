// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Settings;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.NodeLinks;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.Voters.Member;
import dev.holdfast.spi.coordinator.support.SecretProof;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Real servers on real sockets and disks, in this process. */
final class RaftCluster implements AutoCloseable {
  static final Duration TIMEOUT = Duration.ofSeconds(15);
  static final SecretProof SECRET = new SecretProof(new byte[SecretProof.KEY_BYTES]);
  static final NodeLinks LINKS = NodeLinks.plain(SECRET, new SecureRandom());

  private final Path root;
  private final Map<String, String> options;
  private final Map<String, Member> members = new TreeMap<>();
  private final Map<String, RaftCoordinator> running = new TreeMap<>();
  private List<Member> founders = List.of();
  final Map<String, AtomicLong> counts = new ConcurrentHashMap<>();
  final List<CoordinatorFailedException> fatal = new CopyOnWriteArrayList<>();

  RaftCluster(Path root, Map<String, String> options) {
    this.root = root;
    this.options = new HashMap<>(Map.of("freeSpaceMinBytes", "1MiB"));
    this.options.putAll(options);
  }

  /** Founders n1, n2, … that are not open yet. */
  static RaftCluster prepare(Path root, int size, Map<String, String> options) {
    List<String> addresses = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      addresses.add("127.0.0.1:" + freePort());
    }
    return prepared(root, addresses, options);
  }

  static RaftCluster prepared(Path root, List<String> addresses, Map<String, String> options) {
    RaftCluster cluster = new RaftCluster(root, options);
    for (int i = 1; i <= addresses.size(); i++) {
      Member member = new Member("n" + i, "a", addresses.get(i - 1), true);
      cluster.members.put(member.nodeId(), member);
    }
    cluster.founders = List.copyOf(cluster.members.values());
    return cluster;
  }

  List<Member> founders() {
    return founders;
  }

  static RaftCluster start(Path root, int size, Map<String, String> options) {
    RaftCluster cluster = prepare(root, size, options);
    cluster.founders.forEach(member -> cluster.open(member.nodeId()));
    cluster.awaitLeader();
    return cluster;
  }

  Member member(String nodeId, String incarnation) {
    return member(nodeId, incarnation, true);
  }

  Member member(String nodeId, String incarnation, boolean voting) {
    Member member = new Member(nodeId, incarnation, "127.0.0.1:" + freePort(), voting);
    members.put(nodeId, member);
    return member;
  }

  /** The same node with an emptied disk: it listens where its former self did. */
  Member emptied(String nodeId) {
    Member former = get(members, nodeId);
    Member member =
        new Member(nodeId, former.incarnation() + "+", former.address(), former.voting());
    members.put(nodeId, member);
    return member;
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  RaftCoordinator open(String nodeId) {
    Member member = get(members, nodeId);
    boolean founder = founders.contains(member);
    RaftCoordinator opened =
        RaftCoordinatorFactory.openRaft(
            new Settings(
                nodeId,
                member.incarnation(),
                folder(member),
                member.address(),
                founder ? founders : List.of(),
                "test",
                options,
                fatal::add,
                new Counter(),
                LINKS));
    running.put(nodeId, opened);
    return opened;
  }

  String address(String nodeId) {
    return get(members, nodeId).address();
  }

  Path folder(Member member) {
    return root.resolve(member.nodeId() + "-" + member.incarnation());
  }

  private final class Counter implements Meter {
    @Override
    public void count(String name, long amount) {
      counts.computeIfAbsent(name, _ -> new AtomicLong()).addAndGet(amount);
    }

    @Override
    public void record(String name, double value) {
      count(name, 1);
    }
  }

  long count(String name) {
    AtomicLong count = counts.get(name);
    return count == null ? 0 : count.get();
  }

  RaftCoordinator node(String nodeId) {
    return get(running, nodeId);
  }

  private static <T> T get(Map<String, T> all, String nodeId) {
    T found = all.get(nodeId);
    if (found == null) {
      throw new IllegalArgumentException("There is no " + nodeId);
    }
    return found;
  }

  List<RaftCoordinator> nodes() {
    return new ArrayList<>(running.values());
  }

  RaftCoordinator any() {
    return running.values().iterator().next();
  }

  String awaitLeader() {
    return await(
        "a leader that all know",
        () -> {
          String leader = null;
          for (RaftCoordinator node : running.values()) {
            String known = node.status().leader();
            if (known == null
                || !running.containsKey(known)
                || (leader != null && !leader.equals(known))) {
              return null;
            }
            leader = known;
          }
          return leader;
        });
  }

  RaftCoordinator leader() {
    return node(awaitLeader());
  }

  /** A running node that leads, whatever a node that was left out believes. */
  RaftCoordinator leaderBeside(String leftOut) {
    return await(
        "a leader among the others",
        () ->
            running.entrySet().stream()
                .filter(node -> !node.getKey().equals(leftOut))
                .filter(node -> node.getKey().equals(node.getValue().status().leader()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null));
  }

  RaftCoordinator follower() {
    String leader = awaitLeader();
    return running.entrySet().stream()
        .filter(node -> !node.getKey().equals(leader))
        .findFirst()
        .orElseThrow()
        .getValue();
  }

  String nameOf(RaftCoordinator node) {
    return running.entrySet().stream()
        .filter(entry -> entry.getValue().equals(node))
        .findFirst()
        .orElseThrow()
        .getKey();
  }

  void crash(String nodeId) {
    node(nodeId).abort();
    running.remove(nodeId);
  }

  void stop(String nodeId) {
    node(nodeId).close();
    running.remove(nodeId);
  }

  @Override
  public void close() {
    running.values().forEach(RaftCoordinator::abort);
    running.clear();
  }

  static <T> T await(String what, Callable<@Nullable T> condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (System.nanoTime() < deadline) {
      try {
        T found = condition.call();
        if (found != null && !Boolean.FALSE.equals(found)) {
          return found;
        }
        Thread.sleep(10);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      } catch (Exception e) {
        throw new IllegalStateException("While waiting for " + what, e);
      }
    }
    throw new AssertionError("Never came: " + what);
  }

  static EntryKey key(String name) {
    return new EntryKey(name);
  }

  static Transaction put(String key, String value, Condition... conditions) {
    return new Transaction(
        List.of(conditions), List.of(new Change.Put(key(key), Bytes.utf8(value))));
  }

  static Transaction delete(String key, Condition... conditions) {
    return new Transaction(List.of(conditions), List.of(new Change.Delete(key(key))));
  }

  static long commit(RaftCoordinator node, Transaction transaction) {
    CommitResult result = node.commit(transaction, TIMEOUT);
    if (result instanceof CommitResult.Committed committed) {
      return committed.revision();
    }
    throw new AssertionError("Not committed: " + result);
  }

  static String value(RaftCoordinator node, String key) {
    var entry = node.read(key(key), TIMEOUT).entry();
    return entry == null ? "(absent)" : entry.value().toUtf8();
  }
}
