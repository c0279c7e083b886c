// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import dev.holdfast.client.Holdfast;
import dev.holdfast.client.ObjectReader;
import dev.holdfast.testkit.cluster.LocalCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** PUT and GET through the Java client, from this process, on three node processes. */
final class ObjectsBench {
  private static final String PEER = "Holdfast, Java client";
  private static final int SMALL_BYTES = 4 << 10;
  private static final int LARGE_BYTES = 64 << 20;
  private static final int SMALL_OBJECTS = 1_000;

  private final Path folder;

  ObjectsBench(Path folder) {
    this.folder = folder;
  }

  void run(Duration warmUp, Duration counted) throws Exception {
    Files.createDirectories(folder);
    long begin = System.nanoTime();
    try (LocalCluster cluster =
        LocalCluster.builder().nodes(3).heap("512m").dataFolder(folder).start()) {
      double startSeconds = (System.nanoTime() - begin) / 1e9;
      String servers =
          cluster.apiUris().stream().map(Object::toString).collect(Collectors.joining(","));
      System.out.println(Row.HEADER);
      try (Holdfast holdfast = Holdfast.connect(servers)) {
        objects(holdfast, warmUp, counted);
      }
      System.out.printf("%nThree nodes were ready after %.1f s.%n", startSeconds);
      for (var node : cluster.nodes()) {
        long resident = ProcessFigures.of(List.of(node.pid())).residentBytes();
        System.out.printf("%s: resident %d MiB%n", node.id(), resident >> 20);
      }
    }
  }

  private static void objects(Holdfast holdfast, Duration warmUp, Duration counted)
      throws InterruptedException {
    byte[] small = new byte[SMALL_BYTES];
    new Random(1).nextBytes(small);
    for (int callers : List.of(1, 32)) {
      Load put =
          (caller, number) -> {
            byte[] content = small.clone();
            // Other bytes each time: the same ones would be stored once.
            java.nio.ByteBuffer.wrap(content).putInt(caller).putLong(4, System.nanoTime());
            holdfast.objects().put("s/" + caller + "/" + number % SMALL_OBJECTS, content);
          };
      System.out.println(put.run(PEER, "put 4 KiB", callers, warmUp, counted).toMarkdown());
      Load get =
          (caller, number) -> {
            try (ObjectReader reader = holdfast.objects().get("s/" + caller + "/0")) {
              reader.stream().readAllBytes();
            }
          };
      System.out.println(get.run(PEER, "get 4 KiB", callers, warmUp, counted).toMarkdown());
    }
    byte[] large = new byte[LARGE_BYTES];
    new Random(2).nextBytes(large);
    Load put =
        (caller, number) -> {
          java.nio.ByteBuffer.wrap(large).putLong(0, System.nanoTime());
          for (int at = 1 << 20; at < LARGE_BYTES; at += 1 << 20) {
            java.nio.ByteBuffer.wrap(large).putLong(at, System.nanoTime());
          }
          holdfast.objects().put("l/" + number % 4, large);
        };
    System.out.println(put.run(PEER, "put 64 MiB", 1, warmUp, counted).toMarkdown());
    Load get =
        (caller, number) -> {
          try (ObjectReader reader = holdfast.objects().get("l/0")) {
            reader.stream().transferTo(java.io.OutputStream.nullOutputStream());
          }
        };
    System.out.println(get.run(PEER, "get 64 MiB", 1, warmUp, counted).toMarkdown());
  }
}
