// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.feature;

import dev.holdfast.node.http.Routes;
import dev.holdfast.node.http.SocketDoor;
import java.util.List;

/**
 * One thing that a node does, assembled in one class of its own package. Its constructor takes the
 * {@link NodeServices}, registers the handlers of its peer messages and opens its parts; the kinds
 * of these messages are a constant beside it, since the peer port opens before agreement.
 *
 * <pre>
 * constructor ─► gauges, chores ─► routes, sockets ─► start ─► (the node serves) ─► leave ─► close of its parts
 *  in the order of the list, step by step for all features                        in the order    in reverse
 * </pre>
 *
 * <p>The node calls it from the thread that starts or closes it. What is asked of a feature while
 * the node serves (gauges, readiness, warnings, connections) may be asked on any thread.
 */
public interface Feature {
  /** What this node can be asked for. */
  default List<Routes> routes() {
    return List.of();
  }

  /** WebSockets that clients may open. */
  default List<SocketDoor> sockets() {
    return List.of();
  }

  /**
   * Whether clients are answered while the cluster has not got its state yet: what operators look
   * at and repair with.
   */
  default boolean servesWithoutState() {
    return false;
  }

  /** Registers the figures that are read whenever somebody asks for them. */
  default void gauges(Gauges gauges) {}

  /** What is done again and again in the background. */
  default List<Chore> chores() {
    return List.of();
  }

  /** What must hold before this node takes work. */
  default List<ReadinessCheck> readiness() {
    return List.of();
  }

  /** What an operator should know though the node runs: a sentence each. */
  default List<String> warnings() {
    return List.of();
  }

  /** Begins the background work that is no chore. All features are assembled by now. */
  default void start() {}

  /**
   * The node stops, and refuses new requests already: sends clients elsewhere, and ends what waits.
   * Nothing of it is needed for safety. Its parts are closed later.
   */
  default void leave() {}

  /** Connections that the departure of the node should see closed, for a while. */
  default int connections() {
    return 0;
  }
}
