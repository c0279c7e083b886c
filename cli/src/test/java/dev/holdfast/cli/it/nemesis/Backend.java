package dev.holdfast.cli.it.nemesis;

import dev.holdfast.testkit.cluster.LocalCluster;
import java.util.Locale;

/** What the cluster agrees through. */
enum Backend {
  RAFT {
    @Override
    LocalCluster.Builder configure(LocalCluster.Builder cluster) {
      return cluster;
    }
  },
  ZOOKEEPER {
    @Override
    LocalCluster.Builder configure(LocalCluster.Builder cluster) {
      throw new UnsupportedOperationException("This build has no ZooKeeper backend: run with raft");
    }
  };

  static Backend named(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  /** Tells the nodes to use it. */
  abstract LocalCluster.Builder configure(LocalCluster.Builder cluster);
}
