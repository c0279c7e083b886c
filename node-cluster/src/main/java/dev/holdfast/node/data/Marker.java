// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.data;

import dev.holdfast.spi.system.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The file {@code node.json} that makes a folder the data folder of one node.
 *
 * @param coordinator that runs in this incarnation and keeps its state beside this file; null until
 *     it has made what it keeps there, before it takes part
 * @param formerly incarnations of this folder that lost what they had agreed on
 * @param formerFounders of the cluster which the last of them belonged to
 * @param formerCluster which that was; null when this is the first incarnation
 * @param objects lives of the store of objects, the oldest first; empty until there was one
 */
record Marker(
    String product,
    int format,
    String node,
    String incarnation,
    @Nullable String cluster,
    List<Founder> founders,
    List<String> knownPeers,
    @Nullable String removedFrom,
    @Nullable String coordinator,
    List<String> formerly,
    List<String> formerFounders,
    @Nullable String formerCluster,
    List<String> objects) {
  static final String FILE = "node.json";

  /** What a kill before the rename leaves behind; the next write replaces it. */
  static final String TEMP_FILE = FILE + DurableFiles.TEMPORARY;

  private static final String PRODUCT = "holdfast";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** A file may lack any of them, whatever the types say. */
  Marker {
    Objects.requireNonNull(node, "node");
    Objects.requireNonNull(incarnation, "incarnation");
    founders = List.copyOf(founders);
    knownPeers = List.copyOf(knownPeers);
    formerly = formerly == null ? List.of() : List.copyOf(formerly);
    formerFounders = formerFounders == null ? List.of() : List.copyOf(formerFounders);
    objects = objects == null ? List.of() : List.copyOf(objects);
  }

  static Marker fresh(String node, String incarnation) {
    return new Marker(
        PRODUCT,
        1,
        node,
        incarnation,
        null,
        List.of(),
        List.of(),
        null,
        null,
        List.of(),
        List.of(),
        null,
        List.of());
  }

  Marker bound(String newCluster, List<Founder> newFounders) {
    return with(newCluster, newFounders, knownPeers, removedFrom, coordinator);
  }

  Marker removed() {
    return with(cluster, founders, knownPeers, cluster, coordinator);
  }

  Marker withPeers(List<String> peers) {
    return with(cluster, founders, peers, removedFrom, coordinator);
  }

  Marker withCoordinator(String name) {
    return with(cluster, founders, knownPeers, removedFrom, name);
  }

  private Marker with(
      @Nullable String newCluster,
      List<Founder> newFounders,
      List<String> newPeers,
      @Nullable String newRemovedFrom,
      @Nullable String newCoordinator) {
    return new Marker(
        product,
        format,
        node,
        incarnation,
        newCluster,
        newFounders,
        newPeers,
        newRemovedFrom,
        newCoordinator,
        formerly,
        formerFounders,
        formerCluster,
        objects);
  }

  /** From now on the store of objects lives under this name. */
  Marker withObjects(String incarnationOfThem) {
    List<String> lives = new ArrayList<>(objects);
    lives.add(incarnationOfThem);
    return new Marker(
        product,
        format,
        node,
        incarnation,
        cluster,
        founders,
        knownPeers,
        removedFrom,
        coordinator,
        formerly,
        formerFounders,
        formerCluster,
        lives);
  }

  /** As a new folder, but for its content, and for whom it has to ask before it founds again. */
  Marker bornAgain(String newIncarnation) {
    List<String> before = new ArrayList<>(formerly);
    before.add(incarnation);
    return new Marker(
        product,
        format,
        node,
        newIncarnation,
        null,
        List.of(),
        knownPeers,
        removedFrom,
        null,
        before,
        founders.isEmpty() ? formerFounders : founders.stream().map(Founder::id).toList(),
        cluster == null ? formerCluster : cluster,
        objects);
  }

  static Marker read(Path root) throws IOException {
    Path file = root.resolve(FILE);
    try {
      Marker marker = JSON.readValue(Files.readAllBytes(file), Marker.class);
      if (marker == null) {
        throw damaged(file, null);
      }
      if (!PRODUCT.equals(marker.product()) || marker.format() != 1) {
        throw new DataFolderException(
            file + " is of product " + marker.product() + ", format " + marker.format());
      }
      return marker;
    } catch (JacksonException e) {
      throw damaged(file, e);
    }
  }

  private static DataFolderException damaged(Path file, @Nullable Exception cause) {
    return new DataFolderException(
        file + " is damaged. Move the folder away; the node joins anew with an empty one.", cause);
  }

  /** Durable and atomic. */
  void write(Path root) throws IOException {
    DurableFiles.replace(
        root.resolve(FILE), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
  }
}
