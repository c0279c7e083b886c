// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.coordinator.raft.transport.Transport;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.NodeLinks;
import dev.holdfast.spi.coordinator.Voters.Member;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.util.ExitUtils;

/**
 * Opens the embedded Raft, {@code coordinator: raft}. The options are those of {@link RaftOptions}.
 */
public final class RaftCoordinatorFactory implements CoordinatorFactory {
  /** Sequences of one start of a node; the next start begins above all of them. */
  private static final int SEQUENCE_BITS = 40;

  /** The clock of this process: the only one that a deadline and a lease go by. */
  private static final LongSupplier NANOS = System::nanoTime;

  /** Found by {@link java.util.ServiceLoader}. */
  public RaftCoordinatorFactory() {}

  @Override
  public String name() {
    return "raft";
  }

  /** With nothing left of it, there is no vote to keep: half of it gone is refused by opening. */
  @Override
  public boolean isLost(Path folder) {
    return DataFolder.isEmpty(folder);
  }

  /** The marker of the folder: with it there is something to lose, and nothing has voted yet. */
  @Override
  public void prepare(Settings settings) {
    var _ = RaftOptions.parse(settings.options());
    DataFolder.open(settings).close();
  }

  /**
   * @throws IllegalArgumentException when an option is wrong; the message lists all that are
   */
  @Override
  public Coordinator open(Settings settings) {
    return openRaft(settings);
  }

  static RaftCoordinator openRaft(Settings settings) {
    RaftOptions options = RaftOptions.parse(settings.options());
    DataFolder folder = DataFolder.open(settings);
    LmdbTable disk = null;
    try {
      TableFolder tables = new TableFolder(folder.tableFolder(), InstantSource.system());
      disk = tables.open();
      return assemble(settings, options, folder, tables, disk);
    } catch (IOException | RuntimeException e) {
      if (disk != null) {
        disk.close();
      }
      folder.close();
      throw e instanceof CoordinatorFailedException failed
          ? failed
          : new CoordinatorFailedException(
              "Raft cannot start on " + settings.address() + ": " + e.getMessage(), e);
    }
  }

  private static RaftCoordinator assemble(
      Settings settings, RaftOptions options, DataFolder folder, TableFolder tables, LmdbTable disk)
      throws IOException {
    Executor executor = task -> Thread.ofVirtual().name("raft-task").start(task);
    Fatality fatality = new Fatality(settings.onFatal());
    WatchHub watches = new WatchHub(settings.meter(), settings.nodeId());
    RaftEvents events = new RaftEvents();
    PeerNames names = new PeerNames();
    KeyTable table = new KeyTable(disk, KeyTable.MARKS_MAX, watches);
    AppliedIndex applied = new AppliedIndex(table.position().index());
    LogPurge purge = new LogPurge();
    Checkpoint checkpoint =
        new Checkpoint(
            table, fatality, settings.meter(), options.snapshotInterval(), purge, events, NANOS);
    SnapshotTransfer snapshots = new SnapshotTransfer(tables, checkpoint, table);
    snapshots.adoptReceived();
    Member own = new Member(settings.nodeId(), settings.incarnation(), settings.address(), true);
    names.locate(own, null);
    String origin = RaftVoters.peerId(own);
    RaftGroupId groupId = groupId(settings.clusterId());
    RaftPeerId self = RaftPeerId.valueOf(origin);
    NodeLinks links = links(settings);
    InetSocketAddress listen = listenAddress(settings, links);
    Transport transport =
        new Transport(
            self,
            groupId,
            listen.getHostString(),
            listen.getPort(),
            names::address,
            options.requestTimeout(),
            settings.meter(),
            links,
            () -> syncVotes(folder.votesFolder(groupId.getUuid().toString()), fatality),
            NANOS);
    NodeParts parts = new NodeParts(table, applied, watches, transport, events);
    transport.connect(parts);
    RaftProperties properties = properties(options, folder);
    Callable<RaftServer> servers =
        () -> {
          settings.meter().count("raft.server.starts", 1);
          // Ratis replays its log from the last checkpoint, whatever the table holds by now.
          checkpoint.write();
          HoldfastStateMachine machine =
              new HoldfastStateMachine(
                  table,
                  applied,
                  checkpoint,
                  snapshots,
                  fatality,
                  settings.meter(),
                  options,
                  parts);
          return newServer(folder, self, groupId, properties, transport, machine);
        };
    RaftLink link =
        new RaftLink(servers, groupId, transport, options.requestTimeout(), fatality, NANOS);

    Duration roundMax = options.electionTimeoutMax().multipliedBy(2);
    LeaderProof proof = new LeaderProof(link, roundMax, executor);
    AtomicLong caughtUp = new AtomicLong(Long.MIN_VALUE);
    ElectionWait electionWait = new ElectionWait(link, options.electionWait());
    ReadIndex reads =
        new ReadIndex(
            link,
            proof,
            applied,
            fatality,
            begun -> caughtUp.accumulateAndGet(begun, Math::max),
            electionWait,
            roundMax,
            executor,
            NANOS);
    long firstSequence = (folder.starts() << SEQUENCE_BITS) + 1;
    Proposer proposer =
        new Proposer(
            link,
            origin,
            firstSequence,
            options.requestTimeout().toMillis(),
            electionWait,
            settings.meter(),
            fatality,
            NANOS);
    LeaseKeeper keeper = new LeaseKeeper(link, proof, applied, table, proposer, fatality, NANOS);
    LeaseRenewer lease =
        new LeaseRenewer(
            link,
            proposer,
            applied,
            begun -> caughtUp.accumulateAndGet(begun, Math::max),
            fatality,
            settings.nodeId(),
            options.leaseTtl().toMillis(),
            folder::older,
            NANOS);
    parts.connect(link, origin, proof, proposer, keeper);
    purge.connect(link, checkpoint);

    RaftCoordinator coordinator =
        new RaftCoordinator(
            options,
            folder,
            table,
            applied,
            checkpoint,
            watches,
            link,
            electionWait,
            reads,
            proposer,
            keeper,
            lease,
            fatality,
            caughtUp,
            names,
            events,
            settings.meter(),
            NANOS);
    try {
      transport.hold();
      link.start();
      checkAgainstLog(link.division().getRaftLog(), table);
      FolderAge.check(link, folder, origin, firstSequence, NANOS);
      transport.release();
      folder.started();
      coordinator.start();
      return coordinator;
    } catch (IOException | RuntimeException e) {
      fatality.closing();
      link.close();
      throw e;
    }
  }

  private static NodeLinks links(Settings settings) {
    NodeLinks links = settings.links();
    if (links == null) {
      throw new CoordinatorFailedException(
          "Raft needs the cluster secret: without it, whoever reaches its port could commit");
    }
    return links;
  }

  /** Ratis renames the file of its vote, which a power cut may undo until the folder is synced. */
  private static void syncVotes(Path folder, Fatality fatality) throws IOException {
    try {
      Folders.syncUninterrupted(folder);
    } catch (IOException e) {
      if (!fatality.isClosing()) {
        fatality.report("A vote could not be made durable in " + folder + ": " + e, e);
      }
      throw e;
    }
  }

  /** Looks whether it can be listened there, to tell why when it cannot. */
  private static InetSocketAddress listenAddress(Settings settings, NodeLinks links)
      throws IOException {
    int colon = settings.address().lastIndexOf(':');
    if (colon <= 0) {
      throw new CoordinatorFailedException(settings.address() + " is not host:port");
    }
    String host = settings.address().substring(0, colon);
    int port = Integer.parseInt(settings.address().substring(colon + 1));
    InetSocketAddress address = new InetSocketAddress(host, port);
    try (ServerSocket _ = links.sockets().listen(address)) {
      return address;
    } catch (BindException e) {
      throw new CoordinatorFailedException(
          "Raft cannot listen on port %d of %s: %s. Stop what listens there, or choose another with node.raft"
              .formatted(port, host, e.getMessage()),
          e);
    }
  }

  private static RaftProperties properties(RaftOptions options, DataFolder folder)
      throws IOException {
    // Ratis would end the whole process when it fails to start. It is not asked to any more.
    ExitUtils.disableSystemExit();
    Files.createDirectories(folder.logFolder());
    Folders.syncNamesAtOnce(folder.logFolder());
    return RatisSettings.of(options, folder.logFolder());
  }

  private static RaftServer newServer(
      DataFolder folder,
      RaftPeerId self,
      RaftGroupId groupId,
      RaftProperties properties,
      Transport transport,
      HoldfastStateMachine machine)
      throws IOException {
    List<RaftPeer> founders =
        folder.founders().stream().map((Member m) -> RaftVoters.peer(m, true)).toList();
    return RaftServer.newBuilder()
        .setServerId(self)
        .setGroup(RaftGroup.valueOf(groupId, founders))
        .setProperties(properties)
        .setParameters(transport.asParameters())
        .setStateMachine(machine)
        .setOption(RaftStorage.StartupOption.RECOVER)
        .build();
  }

  /** The log must go on where the table ends. */
  private static void checkAgainstLog(RaftLog log, KeyTable table) {
    long start = log.getStartIndex();
    long tableIndex = table.position().index();
    if (start != RaftLog.INVALID_LOG_INDEX && start > tableIndex + 1) {
      throw new CoordinatorFailedException(
          "The Raft log begins at "
              + start
              + ", the key table ends at "
              + tableIndex
              + ": entries are missing. Empty the folder and join again as a new incarnation.");
    }
  }

  /** A node that joins must compute the same, so it depends on nothing but the cluster. */
  static RaftGroupId groupId(String clusterId) {
    return RaftGroupId.valueOf(
        UUID.nameUUIDFromBytes(("holdfast/" + clusterId).getBytes(StandardCharsets.UTF_8)));
  }
}
