// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The same loads against each peer in turn, several rounds, so that a slow minute of the machine
 * does not fall on one of them alone. Of each row the median round counts.
 */
final class CoordinationBench {
  static final int KEYS = 10_000;

  /** A table of ten thousand keys hides what a million cost (R27). */
  static final int MANY_KEYS = 1_000_000;

  static final List<Integer> CALLERS = List.of(1, 32, 256, 1_024);

  /** Always measured: what the others are compared with. */
  private static final List<String> OWN = List.of("ratis", "holdfast-inside", "holdfast");

  private static final Map<String, Peer.Start> PEERS = new LinkedHashMap<>();

  static {
    PEERS.put("zookeeper", ZooKeeperPeer::new);
    PEERS.put("curator", CuratorPeer::new);
    PEERS.put("etcd", EtcdPeer::new);
    PEERS.put("nats", NatsPeer::new);
    PEERS.put(
        "ratis",
        folder -> new InsidePeer("Ratis 3.3.0 bare, inside", BareRatisServer.class, folder));
    PEERS.put(
        "holdfast-inside",
        folder -> new InsidePeer("Holdfast, inside the nodes", CoordinatorServer.class, folder));
    PEERS.put("holdfast", HoldfastPeer::new);
  }

  private final CoordinationOptions options;
  private final Path folder;
  private final PrintStream progress;
  private final List<Row> rows = new ArrayList<>();
  private final List<Exception> broken = new ArrayList<>();

  CoordinationBench(CoordinationOptions options, Path folder, PrintStream progress) {
    this.options = options;
    this.folder = folder;
    this.progress = progress;
  }

  /** Those peers, of {@link #run}, that broke off: their later rows are missing. */
  List<Exception> broken() {
    return broken;
  }

  static String peers() {
    return String.join(", ", PEERS.keySet());
  }

  static boolean isPeer(String name) {
    return PEERS.containsKey(name);
  }

  List<Row> run() throws Exception {
    Set<String> peers = new LinkedHashSet<>(options.peers());
    if (!options.only()) {
      peers.addAll(OWN);
    }
    if (options.rows().contains(RowName.FRAME_SIZE)) {
      FrameSizes.measure().forEach(this::add);
    }
    for (int round = 1; round <= options.rounds(); round++) {
      for (String peer : peers) {
        progress.printf("round %d of %d: %s%n", round, options.rounds(), peer);
        Path data = folder.resolve(round + "-" + peer);
        try (Peer running = start(peer, data)) {
          measure(running, round);
        } catch (InterruptedException e) {
          throw e;
        } catch (Exception e) {
          // The others took minutes, and still count.
          broken.add(new IllegalStateException(peer + " was not measured, see " + data, e));
          progress.println(broken.getLast().getMessage() + ": " + e);
          continue;
        }
        Bench.delete(data);
      }
    }
    return Row.medians(rows);
  }

  private static Peer start(String peer, Path data) throws Exception {
    Files.createDirectories(data);
    Peer.Start start = PEERS.get(peer);
    if (start == null) {
      throw new IllegalArgumentException("No peer " + peer + "; there are " + peers());
    }
    return start.open(data);
  }

  private void measure(Peer peer, int round) throws Exception {
    if (peer instanceof Peer.Commits filled
        && (wants(RowName.COMMIT) || wants(RowName.READ) || wants(RowName.FAILOVER))) {
      filled.fill(KEYS);
    }
    peer.warmUp(options.peerWarmUp());
    keyRows(peer, RowName.COMMIT, RowName.READ, KEYS);
    if (peer instanceof Peer.Locks locks) {
      lockRows(locks);
    }
    if (round == 1) {
      measureOnce(peer);
    }
  }

  /** What costs minutes, or repeats itself inside. */
  private void measureOnce(Peer peer) throws Exception {
    if (peer instanceof Peer.Commits filled
        && (wants(RowName.COMMIT_1M) || wants(RowName.READ_1M))) {
      filled.fill(MANY_KEYS);
    }
    keyRows(peer, RowName.COMMIT_1M, RowName.READ_1M, MANY_KEYS);
    if (peer instanceof Peer.Sessions sessions && wants(RowName.SESSIONS)) {
      add(SessionsRow.measure(sessions));
    }
    if (peer instanceof Peer.Failover failover && wants(RowName.FAILOVER)) {
      add(FailoverRow.measure(failover, options.kills()));
    }
  }

  private boolean wants(RowName row) {
    return options.rows().contains(row);
  }

  private void keyRows(Peer peer, RowName commit, RowName read, int keys) throws Exception {
    if (peer instanceof Peer.Commits commits && wants(commit)) {
      for (int callers : CALLERS) {
        add(commits.commitRow(commit, keys, callers, options.warmUp(), options.counted()));
      }
    }
    if (peer instanceof Peer.KeyValues values && wants(read)) {
      Load load = values.reads(keys);
      for (int callers : CALLERS) {
        add(load.run(peer.name(), read.text(), callers, options.warmUp(), options.counted()));
      }
    }
  }

  private void lockRows(Peer.Locks locks) throws Exception {
    for (LockRow row : LockRow.ROWS) {
      if (wants(row.name())) {
        Load pairs = locks.lockPairs(row);
        String name = row.name().text();
        add(pairs.run(locks.name(), name, row.callers(), options.warmUp(), options.counted()));
      }
    }
  }

  private void add(Row row) {
    rows.add(row);
    progress.println(row.toMarkdown());
  }

  /** How long all of it takes at least, for one counted second. */
  static Duration warmUpOf(Duration counted) {
    return counted.dividedBy(2);
  }
}
