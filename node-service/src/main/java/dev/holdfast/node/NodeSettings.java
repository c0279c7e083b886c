// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import dev.holdfast.node.cluster.Discovery;
import dev.holdfast.node.cluster.SelfRow;
import dev.holdfast.node.config.CoordinationLimits;
import dev.holdfast.node.config.NodeConfig;
import dev.holdfast.node.data.DataFolder;
import dev.holdfast.node.http.HostNames;
import dev.holdfast.node.http.HttpServer;
import dev.holdfast.node.http.SocketMemory;
import dev.holdfast.node.object.ObjectSettings;
import dev.holdfast.node.peer.ClusterSecret;
import dev.holdfast.node.peer.WebSocketPeerNetwork;
import dev.holdfast.node.plugin.PluginSetup;
import dev.holdfast.node.primitive.PrimitiveFeature;
import dev.holdfast.protocol.Scheme;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/** What the parts of a node are told, out of its configuration. */
record NodeSettings(NodeConfig config) {

  HttpServer.Settings http() {
    Set<String> hosts = new LinkedHashSet<>(config.http().hosts());
    hosts.add(config.publicApi().host());
    return new HttpServer.Settings(
        config.api().host(),
        config.api().port(),
        HostNames.of(config.api().host(), hosts),
        config.http());
  }

  WebSocketPeerNetwork.Settings peer(ClusterSecret secret) {
    return new WebSocketPeerNetwork.Settings(
        config.id(), config.peer().host(), config.peer().port(), secret);
  }

  Discovery discovery(LongSupplier nanoTime) {
    return new Discovery(
        config.membership().discovery(), config.membership().discoveryInterval(), nanoTime);
  }

  /**
   * @param distribution whose {@code plugins} folder holds the plugins that ship
   */
  PluginSetup plugins(Path distribution) {
    return new PluginSetup(
        config.id(),
        distribution.resolve("plugins"),
        config.data().resolve("plugins"),
        config.plugins(),
        Optional.of(config.placementPolicy()).filter(name -> !name.isEmpty()),
        config.mergePolicies(),
        Optional.of(config.cleanupPolicy()).filter(name -> !name.isEmpty()));
  }

  /**
   * @param scheme in which clients speak to this node
   */
  SelfRow row(DataFolder data, Scheme scheme) {
    return new SelfRow(
        config.id(),
        data.incarnation(),
        scheme.prefix() + config.publicApi(),
        config.peer().toString(),
        config.raftAddress().toString(),
        config.labels(),
        config.capacityBytes().orElseGet(this::sizeOfFileStore));
  }

  private long sizeOfFileStore() {
    try {
      return Math.max(1, Files.getFileStore(config.data()).getTotalSpace());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the size of " + config.data(), e);
    }
  }

  PrimitiveFeature.Limits primitives() {
    CoordinationLimits limits = config.coordination();
    return new PrimitiveFeature.Limits(limits.counters(), limits.latches(), limits.barriers());
  }

  SocketMemory socketMemory() {
    CoordinationLimits limits = config.coordination();
    return new SocketMemory(limits.unreadBytes(), limits.pendingBytes());
  }

  ObjectSettings objects() {
    return ObjectSettings.defaults(Runtime.getRuntime().maxMemory())
        .withCopies(config.copies())
        .withTombstoneRetention(config.tombstoneRetention());
  }
}
