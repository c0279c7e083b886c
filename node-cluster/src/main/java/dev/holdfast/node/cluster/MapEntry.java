// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.protocol.Scheme;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.placement.ClusterMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The value of the entry {@code cluster/map}: JSON, since it is small and operators look at it.
 *
 * @param format 1
 * @param epoch rises with every change
 * @param nodes ordered by id
 */
record MapEntry(int format, long epoch, List<NodeEntry> nodes) {
  static final MapEntry EMPTY = new MapEntry(1, 0, List.of());

  private static final JsonMapper JSON = JsonMapper.builder().build();

  MapEntry {
    nodes = nodes.stream().sorted((a, b) -> a.id().compareTo(b.id())).toList();
  }

  static MapEntry decode(Bytes value) {
    try {
      MapEntry entry = JSON.readValue(value.toArray(), MapEntry.class);
      if (entry.format() != 1) {
        throw new IllegalStateException(
            "cluster/map has format " + entry.format() + ", this version reads format 1");
      }
      return entry;
    } catch (JacksonException e) {
      throw new IllegalStateException("cluster/map is not readable: " + value, e);
    }
  }

  Bytes encode() {
    return Bytes.wrap(JSON.writeValueAsBytes(this));
  }

  Optional<NodeEntry> node(String id) {
    return nodes.stream().filter(node -> node.id().equals(id)).findFirst();
  }

  /** With this node added or replaced, and a new epoch. */
  MapEntry with(NodeEntry node) {
    List<NodeEntry> next = new ArrayList<>(without(node.id()).nodes());
    next.add(node);
    return new MapEntry(1, epoch + 1, next);
  }

  MapEntry without(String id) {
    return new MapEntry(
        1, epoch + 1, nodes.stream().filter(node -> !node.id().equals(id)).toList());
  }

  MapEntry change(String id, UnaryOperator<NodeEntry> change) {
    return node(id).map(node -> with(change.apply(node))).orElse(this);
  }

  ClusterMap toClusterMap() {
    return new ClusterMap(
        epoch,
        nodes.stream()
            .map(node ->
                new ClusterMap.Node(node.id(), node.labels(), node.capacityBytes(), node.state()))
            .toList());
  }

  /**
   * @param incarnation of its data folder when it last registered
   * @param api with its scheme, which older releases left out: {@code http://host:port}
   * @param peer {@code host:port}
   * @param raft {@code host:port}
   * @param version of the Holdfast that it runs; null in a row of one that did not say so
   */
  record NodeEntry(
      String id,
      String incarnation,
      String api,
      String peer,
      String raft,
      Map<String, String> labels,
      long capacityBytes,
      ClusterMap.State state,
      @Nullable String version) {
    NodeEntry {
      labels = new TreeMap<>(labels);
      api = api.contains("://") ? api : Scheme.HTTP.prefix() + api;
    }

    NodeEntry inState(ClusterMap.State next) {
      return new NodeEntry(id, incarnation, api, peer, raft, labels, capacityBytes, next, version);
    }
  }
}
