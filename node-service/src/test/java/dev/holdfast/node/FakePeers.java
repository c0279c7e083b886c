package dev.holdfast.node;

import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerHandler;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.node.peer.PeerRequest;
import dev.holdfast.node.peer.PeerTimeoutException;
import dev.holdfast.node.peer.PeerUnreachableException;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Calls between nodes of one test, without a wire: a node's address is its id. */
public final class FakePeers implements PeerNetwork {
  private final String self;
  private final Map<String, FakePeers> all;
  private final Map<Class<?>, PeerHandler<?, ?>> handlers = new ConcurrentHashMap<>();
  private volatile boolean down;
  private volatile @Nullable Runnable whenAReplyIsLost;
  private final Queue<Runnable> held = new ConcurrentLinkedQueue<>();
  private volatile boolean holding;

  public FakePeers(String self, Map<String, FakePeers> all) {
    this.self = self;
    this.all = all;
    all.put(self, this);
  }

  /** As if the process had died. */
  public void setDown(boolean isDown) {
    down = isDown;
  }

  /** Requests to this node are run, and their replies get lost. */
  public void loseReplies() {
    loseReplies(() -> {});
  }

  /**
   * As {@link #loseReplies()}.
   *
   * @param meanwhile runs after each request, before its caller gives up waiting
   */
  public void loseReplies(Runnable meanwhile) {
    whenAReplyIsLost = meanwhile;
  }

  /** As a process that is stopped: requests wait here, and their callers give up. */
  public void holdRequests() {
    holding = true;
  }

  /** As a process that goes on: what waited is run now, each request as it came. */
  public void goOn() {
    holding = false;
    for (Runnable late = held.poll(); late != null; late = held.poll()) {
      late.run();
    }
  }

  @Override
  public <Q extends PeerRequest<R>, R> void serve(Class<Q> kind, PeerHandler<Q, R> handler) {
    handlers.put(kind, handler);
  }

  @Override
  public void locate(String nodeId, String peerAddress) {}

  @Override
  public void forget(String nodeId) {}

  @Override
  public <R> R call(String nodeId, PeerRequest<R> request, Duration timeout) {
    FakePeers target = all.get(nodeId);
    if (down || target == null || target.down) {
      throw new PeerUnreachableException(nodeId + " is down", null);
    }
    if (target.holding) {
      target.held.add(() -> {
        var _ = target.handle(self, request);
      });
      throw new PeerTimeoutException(nodeId + " does not answer", null);
    }
    R reply = target.handle(self, request);
    Runnable meanwhile = target.whenAReplyIsLost;
    if (meanwhile != null) {
      meanwhile.run();
      throw new PeerTimeoutException("The reply of " + nodeId + " was lost", null);
    }
    return reply;
  }

  @SuppressWarnings("unchecked") // serve() put the handler of this very kind there.
  private <R> R handle(String from, PeerRequest<R> request) {
    @Nullable PeerHandler<PeerRequest<R>, R> handler =
        (PeerHandler<PeerRequest<R>, R>) handlers.get(request.getClass());
    if (handler == null) {
      throw new PeerException("No handler for " + request, null);
    }
    try {
      return handler.handle(from, request);
    } catch (Exception e) {
      throw new PeerException(e.toString(), e);
    }
  }

  @Override
  public <R> R callAddress(String peerAddress, PeerRequest<R> request, Duration timeout) {
    return call(peerAddress, request, timeout);
  }

  @Override
  public boolean isConnected(String nodeId) {
    return all.containsKey(nodeId);
  }
}
