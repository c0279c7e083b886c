/**
 * The node. {@code NodeProcess} reads the configuration, and {@code Node} is the list of features;
 * each other package is one of them, or the ground that they stand on.
 *
 * <pre>
 *  NodeProcess ──► Node
 *                   │  ground     DataFolder, Metrics, PluginFeature      what this process has alone
 *                   │             HttpServer, WebSocketPeerNetwork        its ports; nobody comes in yet
 *                   │             Founding                                which cluster it belongs to
 *                   │             Backend ──► Coordinator                 agreement
 *                   │  features   ClusterFeature                          members, health, voters
 *                   │             LockFeature, SessionFeature, MapFeature, PrimitiveFeature, ElectionFeature
 *                   │             EventFeature, SocketFeature             news, and frames to all of them
 *                   │             ObjectFeature                           requests and replicas
 *                   │             OperatorFeature, OpsFeature             status, removal, metrics, readiness
 *                   ▼
 *  each feature:  constructor ─► chores ─► gauges ─► routes, sockets ─► start     then http.start: it serves
 *  at the end:    Departure (each feature leaves) ─► OpenParts, in reverse
 * </pre>
 *
 * <p>A new feature is a class that implements {@link dev.holdfast.node.feature.Feature} beside what
 * it assembles, a line in {@code Node}, and, when its nodes speak to each other, a line in {@link
 * dev.holdfast.node.PeerMessages}.
 */
@NullMarked
package dev.holdfast.node;

import org.jspecify.annotations.NullMarked;
