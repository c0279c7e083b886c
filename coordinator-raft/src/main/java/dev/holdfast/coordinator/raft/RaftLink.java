// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.coordinator.raft.transport.Transport;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How this node talks to its own Raft server and to those of the others. Nothing is retried here:
 * the callers know what a second try means. Every request has its own call id, so Ratis' retry
 * cache never answers for us.
 */
final class RaftLink implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RaftLink.class);

  /** Questions to one peer that wait for an answer; a stopped peer must not fill the heap. */
  private static final int OUTSTANDING_MAX = 256;

  /** Until the next try when the server, left out by the others, starts again. */
  private static final long RESTART_PAUSE_MILLIS = 500;

  /** Its port and its folder are free a moment after it was closed: half a minute at most. */
  private static final int RESTART_TRIES = 60;

  /** Ratis can wait for a thread that fails again and again; what counts is on disk by then. */
  private static final Duration CLOSE_MAX = Duration.ofSeconds(15);

  private final Callable<RaftServer> servers;
  private final Fatality fatality;
  private final LongSupplier nanos;
  private final RaftGroupId groupId;
  private final ClientId clientId = ClientId.randomId();
  private final AtomicLong callIds = new AtomicLong(1);
  private final Transport transport;
  private final LogFunnel funnel;
  private final Map<RaftPeerId, AtomicInteger> outstanding = new ConcurrentHashMap<>();
  private final LeaderAbsence absence = new LeaderAbsence();
  private volatile Running running;

  private record Running(RaftServer server, RaftServer.Division division) {}

  /**
   * @param servers makes one that is not started yet
   */
  RaftLink(
      Callable<RaftServer> servers,
      RaftGroupId groupId,
      Transport transport,
      Duration requestTimeout,
      Fatality fatality,
      LongSupplier nanos)
      throws IOException {
    this.servers = servers;
    this.fatality = fatality;
    this.nanos = nanos;
    this.transport = transport;
    this.groupId = groupId;
    this.running = make();
    this.funnel = new LogFunnel(this::append, requestTimeout, nanos); // Last: it has a thread.
  }

  private Running make() throws IOException {
    try {
      RaftServer server = servers.call();
      return new Running(server, server.getDivision(groupId));
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  void start() throws IOException {
    running.server.start();
  }

  /**
   * Ratis closes the server of a node that the others do not count: one that was removed, or whose
   * admission was overtaken by a change of the leader. It is of use again when they admit it, so it
   * starts anew on the same log, and the owner of this node asks them. The state machine hears of
   * it first, while the log is still open.
   */
  void stopped() {
    if (!fatality.isClosing()) {
      Thread.ofVirtual().name("raft-restart").start(this::restart);
    }
  }

  private synchronized void restart() {
    LOG.warn("The other voters left {} out; its Raft server starts again", self());
    try {
      running.server.close();
      for (int left = RESTART_TRIES; ; left--) {
        Thread.sleep(RESTART_PAUSE_MILLIS);
        if (fatality.isClosing()) {
          return;
        }
        Running next = null;
        try {
          if (running.division.getInfo().getLifeCycleState() != LifeCycle.State.CLOSED) {
            throw new IOException("the old one does not end");
          }
          next = make();
          next.server.start();
          running = next;
          return;
        } catch (IOException e) {
          if (next != null) {
            next.server.close();
          }
          if (left == 0) {
            throw e;
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      fatality.report("The Raft server has stopped and cannot start again: " + e, e);
    }
  }

  RaftServer server() {
    return running.server;
  }

  RaftPeerId self() {
    return running.server.getId();
  }

  RaftServer.Division division() {
    return running.division;
  }

  /** This node leads and has applied all of the terms before. */
  boolean isReadyLeader() {
    RaftServer.Division division = division();
    return division.getInfo().isAlive()
        && division.getInfo().isLeader()
        && division.getInfo().isLeaderReady();
  }

  /** Null when this node knows of none. */
  @Nullable RaftPeerId leader() {
    RaftServer.Division division = division();
    RaftPeerId leader =
        division.getInfo().isLeader()
            ? division.getInfo().isLeaderReady() ? self() : null
            : division.getInfo().getLeaderId();
    absence.saw(leader != null, nanos.getAsLong());
    return leader;
  }

  /**
   * For how long this node has known of no leader, 0 when it knows of one, or never did since it
   * started: then it does not know yet whether there is a majority. The renewal of the lease looks
   * several times a second while it fails.
   */
  long leaderlessNanos() {
    return leader() == null ? absence.nanos(nanos.getAsLong()) : 0;
  }

  RaftConfiguration configuration() {
    return division().getRaftConf();
  }

  List<RaftPeer> voters() {
    return List.copyOf(configuration().getAllPeers(RaftPeerRole.FOLLOWER));
  }

  List<RaftPeer> observers() {
    return List.copyOf(configuration().getAllPeers(RaftPeerRole.LISTENER));
  }

  /** Hands a log entry to the leader. Any failure leaves its outcome unknown. */
  CompletableFuture<ByteBuffer> propose(RaftPeerId leader, byte[] entry) {
    return leader.equals(self()) ? submit(entry) : transport.propose(leader, entry);
  }

  /** Appends a batch to the log of this server, when it leads. */
  CompletableFuture<ByteBuffer> submit(byte[] batch) {
    return funnel.submit(batch);
  }

  private CompletableFuture<ByteBuffer> append(byte[] entry) {
    try {
      // Past RaftServer, whose pool would cost one more hand-off between threads.
      return ((RaftClientAsynchronousProtocol) division())
          .submitClientRequestAsync(
              RaftClientRequest.newBuilder()
                  .setClientId(clientId)
                  .setServerId(self())
                  .setGroupId(groupId)
                  .setCallId(nextCallId())
                  .setMessage(Message.valueOf(UnsafeByteOperations.unsafeWrap(entry)))
                  .setType(RaftClientRequest.writeRequestType())
                  .build())
          .thenCompose(RaftLink::content);
    } catch (IOException | RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static CompletableFuture<ByteBuffer> content(RaftClientReply reply) {
    if (!reply.isSuccess()) {
      return CompletableFuture.failedFuture(
          new UnavailableException("Refused by " + reply.getServerId(), reply.getException()));
    }
    return CompletableFuture.completedFuture(
        reply.getMessage().getContent().asReadOnlyByteBuffer());
  }

  /** Asks another server, whatever its role. */
  CompletableFuture<ByteBuffer> ask(RaftPeerId peer, byte[] question) {
    AtomicInteger waiting = outstanding.computeIfAbsent(peer, _ -> new AtomicInteger());
    if (waiting.incrementAndGet() > OUTSTANDING_MAX) {
      waiting.decrementAndGet();
      return CompletableFuture.failedFuture(
          new UnavailableException(peer + " has " + OUTSTANDING_MAX + " questions to answer"));
    }
    return transport.ask(peer, question).whenComplete((_, _) -> waiting.decrementAndGet());
  }

  /** A peer listens elsewhere now. */
  void callAnew(RaftPeerId peer) {
    transport.callAnew(peer);
  }

  ClientId clientId() {
    return clientId;
  }

  RaftGroupId groupId() {
    return groupId;
  }

  long nextCallId() {
    return callIds.getAndIncrement();
  }

  /** Blocking; for rare requests about the configuration. */
  RaftClientReply administer(RaftClientRequest request) throws IOException {
    return transport.administer(request);
  }

  @Override
  public synchronized void close() {
    Thread closing = Thread.ofPlatform().daemon().name("raft-close").start(this::closeServer);
    try (transport;
        funnel) {
      if (!closing.join(CLOSE_MAX)) {
        LOG.warn("The Raft server of {} does not stop; it is left behind", self());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void closeServer() {
    try {
      running.server.close();
    } catch (IOException e) {
      LOG.warn("The Raft server of {} did not stop cleanly", self(), e);
    }
  }
}
