// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What the cluster agrees through. */
enum Backend {
  RAFT {
    @Override
    Agreement start(NetworkLab lab, Path distribution, Path folder) {
      return new Embedded();
    }

    @Override
    List<String> names(int place) {
      return List.of("n" + (place + 1));
    }
  },

  ZOOKEEPER {
    @Override
    Agreement start(NetworkLab lab, Path distribution, Path folder) {
      return Ensemble.start(lab, distribution, folder);
    }

    @Override
    List<String> names(int place) {
      return List.of("n" + (place + 1), "zk" + (place + 1));
    }
  };

  /**
   * @throws IllegalArgumentException for one that these stories cannot start in namespaces
   */
  static Backend named(String name) {
    return Arrays.stream(values())
        .filter(backend -> backend.name().equals(name.toUpperCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException("No backend " + name + "; there is raft and zookeeper"));
  }

  /**
   * Starts what the nodes need before they start. It lives in their namespaces.
   *
   * @param distribution whose jars it runs from
   * @param folder gets {@code data/NAME} and {@code logs/NAME.log} of each process
   */
  abstract Agreement start(NetworkLab lab, Path distribution, Path folder);

  /** The processes in one namespace. */
  abstract List<String> names(int place);

  /** All processes: first all nodes, then what is beside them. */
  List<String> allNames(int places) {
    List<List<String>> byPlace = IntStream.range(0, places).mapToObj(this::names).toList();
    return IntStream.range(0, byPlace.getFirst().size())
        .boxed()
        .flatMap(kind -> byPlace.stream().flatMap(names -> Stream.of(names.get(kind))))
        .toList();
  }
}
