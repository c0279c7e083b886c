// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.NodeLinks;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.Voters;
import dev.holdfast.spi.coordinator.support.SecretProof;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.locks.LockSupport;

/** One of {@link InsidePeer}: a Raft coordinator and nothing above it. */
final class CoordinatorServer {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private CoordinatorServer() {}

  public static void main(String[] args) throws Exception {
    String self = args[0];
    List<Voters.Member> founders = CommitLoop.members(args[2]);
    CoordinatorFactory factory =
        ServiceLoader.load(CoordinatorFactory.class).findFirst().orElseThrow();
    try (Coordinator coordinator =
        factory.open(
            new CoordinatorFactory.Settings(
                self,
                "bench",
                Path.of(args[1]),
                CommitLoop.addressOf(self, founders),
                founders,
                "bench",
                Map.of(),
                fatal -> Runtime.getRuntime().halt(70),
                CoordinatorFactory.Meter.NONE,
                NodeLinks.plain(
                    new SecretProof(new byte[SecretProof.KEY_BYTES]), new SecureRandom())))) {
      while (coordinator.lease().state() != NodeLease.State.CONNECTED) {
        LockSupport.parkNanos(1_000_000);
      }
      Bytes value = Bytes.wrap(new byte[Load.VALUE_BYTES]);
      CommitLoop.serve(key -> {
        EntryKey name = new EntryKey("bench/" + key);
        coordinator.commit(
            new Transaction(List.of(), List.of(new Change.Put(name, value))), TIMEOUT);
      });
    }
  }
}
