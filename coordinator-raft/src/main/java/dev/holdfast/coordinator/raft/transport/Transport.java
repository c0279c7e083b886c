// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import dev.holdfast.coordinator.raft.transport.Frame.Kind;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.NodeLinks;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.apache.ratis.client.impl.ClientProtoUtils;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.proto.RaftProtos.RaftClientReplyProto;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;
import org.apache.ratis.util.JavaUtils;
import org.jspecify.annotations.Nullable;

/**
 * The ways from this node to the other Raft servers, and what they may ask of it. Lives as long as
 * the node, while Ratis' server may start again. Thread-safe.
 */
public final class Transport implements Closeable {
  /** A peer that could not be reached is tried again after this. */
  private static final long RECONNECT_NANOS = 50_000_000;

  /** Until a change of the configuration was agreed on, new voters that catch up included. */
  private static final Duration CHANGE_MAX = Duration.ofSeconds(15);

  /** For frames that arrive or wait, of all connections together. */
  private static final int FRAME_BYTES_MAX = 64 << 20;

  private static final String PARAMETER = "holdfast.raft.transport";

  private final RaftPeerId self;
  private final RaftGroupId group;
  private final String listenHost;
  private final int listenPort;
  private final UnaryOperator<String> addressOf;
  private final Duration silenceMax;
  private final Meter meter;
  private final NodeLinks links;
  private final VoteFolder votes;
  private final LongSupplier nanos;
  private final Handshake handshake;
  private final ByteBudget budget = new ByteBudget(FRAME_BYTES_MAX);

  /** What Ratis calls the address of a peer. */
  private final Map<RaftPeerId, String> names = new ConcurrentHashMap<>();

  private final Map<RaftPeerId, CallLine> lines = new ConcurrentHashMap<>();
  private final Map<RaftPeerId, Long> failures = new ConcurrentHashMap<>();
  private final Set<SocketAppender> appenders = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Receiver receiver;
  private volatile boolean held;
  private volatile boolean closed;

  /**
   * @param addressOf from what Ratis keeps as the address of a peer to {@code host:port}, asked
   *     whenever a connection is opened
   * @param silenceMax a peer that owes an answer for so long is connected to anew
   * @param votes where Ratis keeps the votes of this server
   */
  public Transport(
      RaftPeerId self,
      RaftGroupId group,
      String listenHost,
      int listenPort,
      UnaryOperator<String> addressOf,
      Duration silenceMax,
      Meter meter,
      NodeLinks links,
      VoteFolder votes,
      LongSupplier nanos) {
    this.self = self;
    this.group = group;
    this.listenHost = listenHost;
    this.listenPort = listenPort;
    this.addressOf = addressOf;
    this.silenceMax = silenceMax;
    this.meter = meter;
    this.links = links;
    this.votes = votes;
    this.nanos = nanos;
    this.handshake = new Handshake(links.proof(), links.random());
  }

  /** What was voted so far survives a power cut when this returns. */
  @FunctionalInterface
  public interface VoteFolder {
    void sync() throws IOException;
  }

  /**
   * To be called between a vote and its way out: no vote leaves that could be forgotten.
   *
   * @throws IOException then the vote must not leave
   */
  void makeVotesDurable() throws IOException {
    votes.sync();
  }

  /** The monotonic clock of this process. */
  LongSupplier clock() {
    return nanos;
  }

  /** For {@link SocketRpcType}, which Ratis makes. */
  public Parameters asParameters() {
    Parameters parameters = new Parameters();
    parameters.put(PARAMETER, this, Transport.class);
    return parameters;
  }

  static Transport of(Parameters parameters) {
    return parameters.getNonNull(PARAMETER, Transport.class);
  }

  /** From now on this node answers. */
  public void connect(Receiver answering) {
    receiver = answering;
  }

  /** From now on this node answers questions, but takes no entries and gives no votes. */
  public void hold() {
    held = true;
  }

  public void release() {
    held = false;
  }

  /**
   * @throws IOException nothing but questions is served yet
   */
  void mustNotBeHeld() throws IOException {
    if (held) {
      throw new IOException("This server is starting");
    }
  }

  RaftPeerId self() {
    return self;
  }

  NodeLinks links() {
    return links;
  }

  Handshake handshake() {
    return handshake;
  }

  ByteBudget budget() {
    return budget;
  }

  Meter meter() {
    return meter;
  }

  Connection open(String address) throws IOException {
    return Connection.open(links.sockets(), address);
  }

  /** Blocks until both sides have proven themselves. */
  void introduce(Connection connection, Hello hello) throws IOException {
    connection.introduce(handshake, hello, Entrance.HANDSHAKE_MAX);
  }

  Outbox newOutbox(Connection connection, String name) {
    return new Outbox(connection, silenceMax, budget, name);
  }

  Hello hello(RaftPeerId to) {
    return new Hello(group.toString(), self.toString(), to.toString());
  }

  /**
   * @throws IOException when a caller means another server
   */
  void check(Hello hello) throws IOException {
    if (!hello.to().equals(self.toString()) || !hello.cluster().equals(group.toString())) {
      meter.count("raft.misaddressed", 1);
      throw new IOException(
          "Here is %s of %s, not %s of %s".formatted(self, group, hello.to(), hello.cluster()));
    }
  }

  Receiver receiver() throws IOException {
    Receiver answering = receiver;
    if (answering == null) {
      throw new IOException("This server is starting");
    }
    return answering;
  }

  String listenHost() {
    return listenHost;
  }

  int listenPort() {
    return listenPort;
  }

  Duration silenceMax() {
    return silenceMax;
  }

  /** Where peers can be called. */
  public void learn(Collection<RaftPeer> peers) {
    peers.forEach(peer -> names.put(peer.getId(), peer.getAddress()));
  }

  /** Where a peer is called now, {@code host:port}; null when nobody has told. */
  @Nullable String address(RaftPeerId peer) {
    String name = names.get(peer);
    return name == null ? null : addressOf.apply(name);
  }

  /** Hands an entry to another server's log. Any failure leaves its outcome unknown. */
  public CompletableFuture<ByteBuffer> propose(RaftPeerId leader, byte[] entry) {
    return content(leader, Kind.PROPOSE, entry);
  }

  /** Asks a server, this one too, whatever its role. */
  public CompletableFuture<ByteBuffer> ask(RaftPeerId peer, byte[] question) {
    Receiver here = receiver;
    if (peer.equals(self) && here != null) {
      return here.ask(ByteBuffer.wrap(question)).thenApply(ByteBuffer::wrap);
    }
    return content(peer, Kind.ASK, question);
  }

  private CompletableFuture<ByteBuffer> content(RaftPeerId peer, Kind kind, byte[] payload) {
    return call(peer, kind, payload, silenceMax)
        .thenApply(frame -> ByteBuffer.wrap(frame.payload()));
  }

  /** Asks a leader to change who votes, or who leads. Blocking. */
  public RaftClientReply administer(RaftClientRequest request) throws IOException {
    RaftPeerId leader = request.getServerId();
    Frame answer =
        switch (request) {
          case SetConfigurationRequest set ->
              await(
                  leader,
                  Kind.CONFIGURE,
                  ClientProtoUtils.toSetConfigurationRequestProto(set),
                  CHANGE_MAX);
          case TransferLeadershipRequest transfer ->
              await(
                  leader,
                  Kind.TRANSFER,
                  ClientProtoUtils.toTransferLeadershipRequestProto(transfer),
                  CHANGE_MAX);
          default -> throw new IllegalArgumentException("Not an administrative call: " + request);
        };
    return ClientProtoUtils.toRaftClientReply(answer.message(RaftClientReplyProto.parser()));
  }

  /** A call of Ratis, which waits. */
  Frame await(RaftPeerId peer, Kind kind, MessageLite request, Duration timeout)
      throws IOException {
    try {
      return call(peer, kind, request.toByteArray(), timeout).get();
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(JavaUtils.unwrapCompletionException(e)), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while " + peer + " was asked", e);
    }
  }

  private CompletableFuture<Frame> call(
      RaftPeerId peer, Kind kind, byte[] payload, Duration timeout) {
    CallLine line = lines.get(peer);
    if (line == null) {
      String address = address(peer);
      Long failed = failures.get(peer);
      if (closed || address == null) {
        return CompletableFuture.failedFuture(
            new UnavailableException("The address of " + peer + " is not known here"));
      }
      if (failed != null && nanos.getAsLong() - failed < RECONNECT_NANOS) {
        return CompletableFuture.failedFuture(
            new UnavailableException(peer + " at " + address + " could not be reached just now"));
      }
      line = lines.computeIfAbsent(peer, _ -> newLine(peer, address));
    }
    return line.call(kind, payload, timeout);
  }

  private CallLine newLine(RaftPeerId peer, String address) {
    CallLine line =
        new CallLine(
            this,
            address,
            hello(peer),
            ended -> {
              failures.put(peer, nanos.getAsLong());
              lines.remove(peer, ended);
            });
    line.start();
    return line;
  }

  /** A peer listens elsewhere now: what is open to its former place is closed. */
  public void callAnew(RaftPeerId peer) {
    CallLine line = lines.remove(peer);
    if (line != null) {
      line.close();
    }
    failures.remove(peer);
    appenders.stream()
        .filter(appender -> appender.getFollowerId().equals(peer))
        .forEach(SocketAppender::connectAnew);
  }

  void add(SocketAppender appender) {
    appenders.add(appender);
  }

  void remove(SocketAppender appender) {
    appenders.remove(appender);
  }

  /** Something was committed and applied here: if this node leads, the followers shall know. */
  public void tellCommits() {
    appenders.forEach(SocketAppender::committed);
  }

  @Override
  public void close() {
    closed = true;
    lines.values().forEach(CallLine::close);
  }
}
