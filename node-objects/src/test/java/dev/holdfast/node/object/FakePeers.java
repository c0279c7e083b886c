// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerHandler;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.node.peer.PeerRequest;
import dev.holdfast.node.peer.PeerTimeoutException;
import dev.holdfast.node.peer.PeerUnreachableException;
import dev.holdfast.node.principal.Principal;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/** Nodes of one JVM that call each other's handlers. */
final class FakePeers {
  private final Map<String, Map<Class<?>, PeerHandler<?, ?>>> nodes = new ConcurrentHashMap<>();
  final Set<String> down = ConcurrentHashMap.newKeySet();
  final AtomicLong calls = new AtomicLong();

  /** Nodes that reach each other and nobody else. */
  final Set<String> island = ConcurrentHashMap.newKeySet();

  private boolean isApart(String from, String to) {
    return down.contains(from) || down.contains(to) || island.contains(from) != island.contains(to);
  }

  /** Requests that get lost. */
  volatile Predicate<PeerRequest<?>> lost = _ -> false;

  /** Requests that nodes do not answer in time. */
  volatile Predicate<PeerRequest<?>> slow = _ -> false;

  PeerNetwork of(String self) {
    return new Network(self);
  }

  private final class Network implements PeerNetwork {
    private final String self;

    Network(String self) {
      this.self = self;
      nodes.put(self, new ConcurrentHashMap<>());
    }

    @Override
    public <Q extends PeerRequest<R>, R> void serve(Class<Q> kind, PeerHandler<Q, R> handler) {
      nodes.computeIfAbsent(self, _ -> new ConcurrentHashMap<>()).put(kind, handler);
    }

    @Override
    public void locate(String nodeId, String peerAddress) {}

    @Override
    public void forget(String nodeId) {}

    @Override
    @SuppressWarnings("unchecked")
    public <R> R call(String nodeId, PeerRequest<R> request, Duration timeout) {
      calls.incrementAndGet();
      if (isApart(self, nodeId) || lost.test(request)) {
        throw new PeerUnreachableException(nodeId + " is down", null);
      }
      if (slow.test(request)) {
        throw new PeerTimeoutException(nodeId + " did not reply in time", null);
      }
      PeerHandler<PeerRequest<R>, R> handler =
          (PeerHandler<PeerRequest<R>, R>)
              nodes.getOrDefault(nodeId, Map.of()).get(request.getClass());
      if (handler == null) {
        throw new PeerException(nodeId + " serves no " + request.getClass(), null);
      }
      try {
        R reply = handler.handle(new Principal.Node(self, Principal.Proof.CLUSTER_SECRET), request);
        if (isApart(self, nodeId)) {
          throw new PeerUnreachableException(nodeId + " went down", null);
        }
        return reply;
      } catch (PeerException e) {
        throw e;
      } catch (Exception e) {
        throw new PeerException(e.toString(), e);
      }
    }

    @Override
    public <R> R callAddress(String peerAddress, PeerRequest<R> request, Duration timeout) {
      throw new PeerUnreachableException(peerAddress, null);
    }

    @Override
    public boolean isConnected(String nodeId) {
      return !isApart(self, nodeId);
    }
  }
}
