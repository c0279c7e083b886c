// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import dev.holdfast.spi.coordinator.Voters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.TimeDuration;

/**
 * One of {@link InsidePeer}: Ratis and a hash map, batched as the coordinator batches. The distance
 * between the two is what the coordinator costs.
 */
final class BareRatisServer {
  private static final int BATCH_MAX = 4_096;
  private static final RaftGroupId GROUP = RaftGroupId.valueOf(new UUID(1, 1));

  private final RaftServer server;
  private final RaftClient client;
  private final LinkedBlockingQueue<Waiting> queue = new LinkedBlockingQueue<>();
  private final ClientId clientId = ClientId.randomId();
  private final AtomicLong callIds = new AtomicLong(1);

  private record Waiting(int key, CompletableFuture<Void> done) {}

  private BareRatisServer(RaftServer server, RaftClient client) {
    this.server = server;
    this.client = client;
  }

  public static void main(String[] args) throws Exception {
    List<Voters.Member> members = CommitLoop.members(args[2]);
    List<RaftPeer> peers = new ArrayList<>();
    for (Voters.Member member : members) {
      peers.add(RaftPeer.newBuilder().setId(member.nodeId()).setAddress(member.address()).build());
    }
    RaftGroup group = RaftGroup.valueOf(GROUP, peers);
    String address = CommitLoop.addressOf(args[0], members);
    RaftProperties properties = new RaftProperties();
    RaftServerConfigKeys.setStorageDir(properties, List.of(Path.of(args[1]).toFile()));
    GrpcConfigKeys.Server.setPort(
        properties, Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)));
    RaftServerConfigKeys.Log.Appender.setWaitTimeMin(
        properties, TimeDuration.valueOf(0, TimeUnit.MILLISECONDS));
    RaftServer server =
        RaftServer.newBuilder()
            .setServerId(RaftPeerId.valueOf(args[0]))
            .setGroup(group)
            .setProperties(properties)
            .setStateMachine(new HashMapMachine())
            .build();
    server.start();
    RaftClient client =
        RaftClient.newBuilder().setRaftGroup(group).setProperties(properties).build();
    BareRatisServer bare = new BareRatisServer(server, client);
    while (server.getDivision(GROUP).getInfo().getLeaderId() == null) {
      LockSupport.parkNanos(1_000_000);
    }
    Thread.ofPlatform().daemon().name("batches").start(bare::run);
    CommitLoop.serve(bare::commit);
    client.close();
    server.close();
  }

  private void commit(int key) throws Exception {
    Waiting waiting = new Waiting(key, new CompletableFuture<>());
    queue.add(waiting);
    waiting.done().get();
  }

  private void run() {
    List<Waiting> batch = new ArrayList<>();
    while (true) {
      try {
        batch.add(queue.take());
        queue.drainTo(batch, BATCH_MAX - 1);
        RaftClientReply reply = send(encode(batch)).get();
        if (!reply.isSuccess()) {
          throw new IOException("refused", reply.getException());
        }
        batch.forEach(waiting -> waiting.done().complete(null));
      } catch (Exception e) {
        batch.forEach(waiting -> waiting.done().completeExceptionally(e));
      }
      batch.clear();
    }
  }

  private CompletableFuture<RaftClientReply> send(ByteString batch) throws IOException {
    Message message = Message.valueOf(batch);
    if (!server.getDivision(GROUP).getInfo().isLeader()) {
      return client.async().send(message);
    }
    return server.submitClientRequestAsync(
        RaftClientRequest.newBuilder()
            .setClientId(clientId)
            .setServerId(server.getId())
            .setGroupId(GROUP)
            .setCallId(callIds.getAndIncrement())
            .setMessage(message)
            .setType(RaftClientRequest.writeRequestType())
            .build());
  }

  private static ByteString encode(List<Waiting> batch) {
    ByteBuffer bytes = ByteBuffer.allocate(batch.size() * (4 + Load.VALUE_BYTES));
    for (Waiting waiting : batch) {
      bytes.putInt(waiting.key()).position(bytes.position() + Load.VALUE_BYTES);
    }
    return UnsafeByteOperations.unsafeWrap(bytes.flip());
  }

  /** Keeps nothing on disk but what the log keeps. */
  private static final class HashMapMachine extends BaseStateMachine {
    private final Map<Integer, byte[]> values = new HashMap<>();

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
      var entry = transaction.getLogEntry();
      ByteBuffer bytes = entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer();
      while (bytes.hasRemaining()) {
        byte[] value = new byte[Load.VALUE_BYTES];
        int key = bytes.getInt();
        bytes.get(value);
        values.put(key, value);
      }
      updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
      return CompletableFuture.completedFuture(Message.EMPTY);
    }
  }
}
