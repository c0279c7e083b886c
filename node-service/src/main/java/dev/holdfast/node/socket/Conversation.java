// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.SocketMemory;
import dev.holdfast.node.http.WebSocketSession;
import dev.holdfast.node.websocket.CloseCode;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.FrameException;
import dev.holdfast.protocol.frame.FrameLimits;
import dev.holdfast.protocol.frame.NodeAddress;
import dev.holdfast.protocol.frame.ServerFrame;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.LimitExceededException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection. Frames are read in order and answered as they are done, each on a
 * virtual thread of its own. The connection owns nothing but what it follows: sessions, holds and
 * waits live in the cluster, and the client takes them to another node when this one dies.
 */
final class Conversation implements WebSocketSession {
  private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);
  private static final int REQUESTS_MAX = 4_096;

  /** What a request under way costs beside its bytes: its thread, its timer, its frame. */
  private static final int REQUEST_BYTES = 2 << 10;

  private static final String NO_ROOM = "The requests of all clients fill the memory of this node";

  private final SessionSocket node;
  private final FrameChannel channel;
  private final Semaphore requests = new Semaphore(REQUESTS_MAX);
  private final LockFrames locks;
  private final SessionFrames sessions;
  private final MapFrames maps;
  private final PrimitiveFrames primitives;
  private final ObserveFrames observers;
  private final EventFrames events;
  private final Lifetime lifetime = new Lifetime();

  Conversation(SessionSocket node, FrameChannel channel) {
    this.node = node;
    this.channel = channel;
    this.locks = new LockFrames(node, channel, lifetime);
    this.sessions = new SessionFrames(node, channel, locks, lifetime);
    this.maps = new MapFrames(node, channel, lifetime);
    this.primitives = new PrimitiveFrames(node, channel);
    this.observers = new ObserveFrames(node, channel, lifetime);
    this.events = new EventFrames(node.events, channel);
  }

  @Override
  public void onText(String text) {
    if (!channel.codec.isText()) {
      channel.close(CloseCode.UNSUPPORTED_DATA, "This subprotocol speaks in binary messages");
      return;
    }
    read(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void onBinary(byte[] bytes) {
    if (channel.codec.isText()) {
      channel.close(CloseCode.UNSUPPORTED_DATA, "This subprotocol speaks in text messages");
      return;
    }
    read(bytes);
  }

  /**
   * A message counts as memory of this node until all its frames are answered, and each of these
   * until it is answered itself.
   *
   * @param left frames that are not answered, and one for the message itself as long as it is read
   */
  private record Message(SocketMemory.Account memory, int sizeBytes, AtomicInteger left) {
    void oneIsDone() {
      if (left.decrementAndGet() == 0) {
        memory.end(sizeBytes);
      }
    }
  }

  private void read(byte[] bytes) {
    Message message = new Message(channel.memory(), bytes.length, new AtomicInteger(1));
    boolean room = channel.memory().begin(bytes.length);
    try {
      channel.codec.decodeClient(
          bytes,
          frame -> {
            if (room) {
              take(frame, message);
            } else {
              overloaded(frame, NO_ROOM);
            }
          });
    } catch (FrameException e) {
      channel.send(
          new ServerFrame.Failed(
              e.request(),
              400,
              e.code().name(),
              String.valueOf(e.getMessage()),
              "Correct the frame; the connection stays open.",
              false));
    } finally {
      if (room) {
        message.oneIsDone();
      }
    }
  }

  private void overloaded(ClientFrame frame, String why) {
    channel.send(
        new ServerFrame.Failed(
            frame.request(),
            429,
            "OVERLOADED",
            why,
            "Send it again when some of them are answered.",
            true));
  }

  private void take(ClientFrame frame, Message message) {
    if (!requests.tryAcquire()) {
      overloaded(frame, REQUESTS_MAX + " requests of this connection are under way");
      return;
    }
    if (!message.memory.begin(REQUEST_BYTES)) {
      requests.release();
      overloaded(frame, NO_ROOM);
      return;
    }
    message.left.incrementAndGet();
    Runnable done =
        () -> {
          requests.release();
          message.memory.end(REQUEST_BYTES);
          message.oneIsDone();
        };
    if (MapFrames.isWrite(frame)) {
      maps.write(frame, this::failed, done);
      return;
    }
    if (LockFrames.isCommand(frame)) {
      locks.run(frame, this::failed, done);
      return;
    }
    Thread.startVirtualThread(() -> {
      try {
        answer(frame);
      } finally {
        done.run();
      }
    });
  }

  private void answer(ClientFrame frame) {
    try {
      switch (frame) {
        case ClientFrame.Hello hello -> welcome(hello);
        case ClientFrame.OpenSession open -> sessions.open(open);
        case ClientFrame.ResumeSession resume -> sessions.resume(resume);
        case ClientFrame.KeepAlive keepAlive -> sessions.keepAlive(keepAlive);
        case ClientFrame.CloseSession close -> sessions.close(close);
        case ClientFrame.Acquire _,
            ClientFrame.AcquireDelayed _,
            ClientFrame.Cancel _,
            ClientFrame.Release _,
            ClientFrame.Downgrade _ ->
            throw new IllegalStateException("Handed over before: " + frame);
        case ClientFrame.PutEntry put -> maps.write(put, this::failed, () -> {});
        case ClientFrame.DeleteEntry delete -> maps.write(delete, this::failed, () -> {});
        case ClientFrame.WriteEntries batch -> maps.write(batch, this::failed, () -> {});
        case ClientFrame.WriteEphemerals batch -> maps.write(batch, this::failed, () -> {});
        case ClientFrame.GetEntry get -> maps.get(get);
        case ClientFrame.ListEntries list -> maps.list(list);
        case ClientFrame.CountEntries count -> maps.count(count);
        case ClientFrame.WatchEntries watch -> maps.watch(watch);
        case ClientFrame.UnwatchEntries unwatch -> maps.unwatch(unwatch);
        case ClientFrame.AddToCounter add -> primitives.add(add);
        case ClientFrame.SetCounter set -> primitives.set(set);
        case ClientFrame.CompareAndSetCounter set -> primitives.compareAndSet(set);
        case ClientFrame.ReadCounter read -> primitives.read(read);
        case ClientFrame.SetLatch set -> primitives.set(set);
        case ClientFrame.CountDown down -> primitives.countDown(down);
        case ClientFrame.AwaitLatch await -> primitives.await(await);
        case ClientFrame.Proclaim proclaim -> observers.proclaim(proclaim);
        case ClientFrame.Observe observe -> observers.observe(observe);
        case ClientFrame.Unobserve unobserve -> observers.unobserve(unobserve);
        case ClientFrame.SubscribeEvents subscribe -> events.subscribe(subscribe);
        case ClientFrame.ArriveAtBarrier arrive -> primitives.arrive(arrive);
        case ClientFrame.LeaveBarrier leave -> primitives.leave(leave);
        case ClientFrame.AwaitBarrier await -> primitives.await(await);
      }
    } catch (RuntimeException | Error e) {
      failed(frame, e); // Whatever it is, the client waits for an answer.
    }
  }

  private void failed(ClientFrame frame, Throwable error) {
    switch (error) {
      case ProblemException e -> channel.failSoon(frame.request(), e, false);
      case CoordinatorException e -> {
        // Every frame has its effect once, so also an unknown outcome may be asked for again.
        boolean retry = !(e instanceof LimitExceededException);
        channel.failSoon(frame.request(), node.problems.translate(e), retry);
      }
      default -> {
        LOG.error("Frame {} of {} failed", frame, channel.client(), error);
        channel.send(
            new ServerFrame.Failed(
                frame.request(),
                500,
                "INTERNAL",
                "An unexpected error",
                "See the node's log.",
                false));
      }
    }
  }

  private void welcome(ClientFrame.Hello hello) {
    LOG.debug("{} is {}", channel.client(), hello.client());
    List<NodeAddress> nodes =
        node.cluster.members().stream()
            .limit(FrameLimits.MAX_NODES)
            .map(member -> new NodeAddress(member.id(), member.apiUrl()))
            .toList();
    channel.send(
        new ServerFrame.Welcome(
            node.cluster.self(), node.coordinator.status().appliedRevision(), nodes));
    var _ =
        lifetime.whileOpen(() -> {
          node.leaderNews.join(channel);
          return channel;
        });
  }

  @Override
  public void onClose(int code, String reason) {
    LOG.debug("{} has gone: {} {}", channel.client(), code, reason);
    lifetime.end();
    node.closed(channel);
    node.leaderNews.leave(channel);
    events.close();
    sessions.unfollowAll();
    locks.unfollowAll();
    maps.unfollowAll();
    observers.endAll();
  }
}
