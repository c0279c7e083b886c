package dev.holdfast.node.data;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** The file {@code node.json} that makes a folder the data folder of one node. */
record Marker(
    String product,
    int format,
    String node,
    String incarnation,
    @Nullable String cluster,
    List<Founder> founders,
    List<String> knownPeers,
    @Nullable String removedFrom) {
  static final String FILE = "node.json";

  /** What a kill before the rename leaves behind; the next write replaces it. */
  static final String TEMP_FILE = FILE + ".tmp";

  private static final String PRODUCT = "holdfast";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** A file may lack any of them, whatever the types say. */
  Marker {
    Objects.requireNonNull(node, "node");
    Objects.requireNonNull(incarnation, "incarnation");
    founders = List.copyOf(founders);
    knownPeers = List.copyOf(knownPeers);
  }

  static Marker fresh(String node, String incarnation) {
    return new Marker(PRODUCT, 1, node, incarnation, null, List.of(), List.of(), null);
  }

  Marker bound(String newCluster, List<Founder> newFounders) {
    return new Marker(
        product, format, node, incarnation, newCluster, newFounders, knownPeers, removedFrom);
  }

  Marker removed() {
    return new Marker(product, format, node, incarnation, cluster, founders, knownPeers, cluster);
  }

  Marker withPeers(List<String> peers) {
    return new Marker(product, format, node, incarnation, cluster, founders, peers, removedFrom);
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

  /** Durable and atomic: temp file, fsync, rename, fsync of the folder. */
  void write(Path root) throws IOException {
    Path temp = root.resolve(TEMP_FILE);
    Files.write(temp, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
    sync(temp);
    Files.move(
        temp,
        root.resolve(FILE),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    sync(root);
  }

  private static void sync(Path path) throws IOException {
    StandardOpenOption option =
        Files.isDirectory(path) ? StandardOpenOption.READ : StandardOpenOption.WRITE;
    try (FileChannel channel = FileChannel.open(path, option)) {
      channel.force(true);
    }
  }
}
