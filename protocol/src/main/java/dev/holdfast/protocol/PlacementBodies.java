// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import java.util.List;
import java.util.Map;

/** Bodies of {@code /v1/cluster/explain} and {@code /v1/cluster/simulate}. */
public final class PlacementBodies {
  private PlacementBodies() {}

  /**
   * {@code GET /v1/cluster/explain}: where the copies of a key are, and where the policy wants
   * them.
   *
   * @param exists whether there is such an object; a deleted one is, as long as it is remembered
   * @param policy in force at the asked node
   * @param writtenPolicy that chose the holders, empty when there are none
   * @param epoch of the cluster map
   * @param writtenEpoch of the map that the holders were chosen from, 0 when there are none
   * @param copies wanted
   * @param choice the policy's own words
   * @param satisfied whether the holders are enough and well spread, as the policy says
   * @param verdict the policy's own words
   */
  public record Explanation(
      String key,
      boolean exists,
      String policy,
      String writtenPolicy,
      long epoch,
      long writtenEpoch,
      int copies,
      String choice,
      boolean satisfied,
      String verdict,
      List<Candidate> nodes) {
    public Explanation {
      nodes = List.copyOf(nodes);
    }
  }

  /**
   * @param rank in the weighted rendezvous rank of the key, from 1; 0 of a node that has left
   * @param state {@code active}, {@code draining} or {@code gone}
   * @param liveness {@code up}, {@code away} or {@code dead}
   * @param chosen whether the policy would choose it for a new key of that name
   * @param holder whether the head names it
   * @param copy {@code whole}, {@code lacking}, {@code unknown} when it does not answer, or {@code
   *     none} of a node that is no holder
   * @param why in a sentence
   */
  public record Candidate(
      String node,
      int rank,
      Map<String, String> labels,
      String state,
      String liveness,
      boolean chosen,
      boolean holder,
      String copy,
      String why) {
    public Candidate {
      labels = Map.copyOf(labels);
    }
  }

  /**
   * {@code GET /v1/cluster/simulate}: what repair would do. Bytes are those of the heads alone;
   * earlier versions move with them.
   *
   * @param change in words
   * @param keys that there are
   * @param keysToMove of these, with a copy that is made or given up
   * @param bytesToMove over the network
   * @param keysTooFew of which fewer copies than wanted would be left, for want of nodes
   * @param nodes after the change, and the one that goes
   */
  public record Simulation(
      String change,
      long keys,
      long bytes,
      long keysToMove,
      long bytesToMove,
      long keysTooFew,
      List<Share> nodes) {
    public Simulation {
      nodes = List.copyOf(nodes);
    }
  }

  /**
   * @param keysBefore copies that it holds by the heads
   * @param keysIn copies that it would get
   * @param keysOut copies that it would lose
   * @param keysOfNew of the present keys, so many would choose it if they were written anew: its
   *     share of new keys
   */
  public record Share(
      String node,
      long keysBefore,
      long bytesBefore,
      long keysIn,
      long bytesIn,
      long keysOut,
      long keysOfNew) {}
}
