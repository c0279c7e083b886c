package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.coordinator.Voters.Member;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.apache.ratis.thirdparty.io.grpc.EquivalentAddressGroup;
import org.apache.ratis.thirdparty.io.grpc.NameResolver;
import org.apache.ratis.thirdparty.io.grpc.NameResolverProvider;
import org.apache.ratis.thirdparty.io.grpc.NameResolverRegistry;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.StatusOr;
import org.jspecify.annotations.Nullable;

/**
 * Where Raft peers listen. Ratis keeps the address under which it first heard of a peer for as long
 * as it runs, and the log keeps it for ever. So what they keep is a name, {@code
 * holdfast://HOST:PORT/PEER}: gRPC asks here whenever it connects, and HOST:PORT, where the peer
 * joined, holds only until somebody has heard of a newer place.
 *
 * <p>gRPC finds resolvers in one table of the process, so the places are one as well; each node
 * takes back what it said when it closes.
 */
final class PeerNames implements AutoCloseable {
  static final String SCHEME = "holdfast";

  private static final Map<String, Place> PLACES = new ConcurrentHashMap<>();

  static {
    NameResolverRegistry.getDefaultRegistry().register(new Provider());
  }

  private final Map<String, String> heard = new ConcurrentHashMap<>();

  private record Place(PeerNames teller, String address) {}

  /** Such as {@code holdfast://127.0.0.1:7602/n1_4711}. */
  static String name(String peerId, String joinAddress) {
    try {
      return new URI(SCHEME, joinAddress, "/" + peerId, null, null).toString();
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(joinAddress + " is not host:port", e);
    }
  }

  /** Where the bearer of a name is called now, {@code host:port}. */
  static String address(String name) {
    URI uri = URI.create(name);
    Place place = PLACES.get(uri.getPath().substring(1));
    return place == null ? uri.getAuthority() : place.address;
  }

  /**
   * Returns whether this node would have called somewhere else.
   *
   * @param name of that member, or null when this node does not call it
   */
  boolean locate(Member member, @Nullable String name) {
    String peerId = RaftVoters.peerId(member);
    PLACES.put(peerId, new Place(this, member.address()));
    String before = heard.put(peerId, member.address());
    if (before == null && name != null) {
      before = URI.create(name).getAuthority();
    }
    return before != null && !before.equals(member.address());
  }

  @Override
  public void close() {
    PLACES.values().removeIf(place -> place.teller == this);
  }

  private static final class Provider extends NameResolverProvider {
    @Override
    public NameResolver newNameResolver(URI target, NameResolver.Args args) {
      Executor offload = args.getOffloadExecutor();
      return new Resolver(
          target.toString(),
          offload != null ? offload : task -> Thread.ofVirtual().name("raft-names").start(task));
    }

    @Override
    public String getDefaultScheme() {
      return SCHEME;
    }

    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 5;
    }
  }

  /** Of one channel; asked again after each connection that failed. */
  private static final class Resolver extends NameResolver {
    private final String name;
    private final Executor executor;
    private volatile @Nullable Listener2 listener;

    Resolver(String name, Executor executor) {
      this.name = name;
      this.executor = executor;
    }

    @Override
    public String getServiceAuthority() {
      return URI.create(name).getAuthority();
    }

    @Override
    public void start(Listener2 told) {
      listener = told;
      refresh();
    }

    @Override
    public void refresh() {
      executor.execute(this::resolve);
    }

    private void resolve() {
      Listener2 told = listener;
      if (told == null) {
        return;
      }
      String address = address(name);
      int colon = address.lastIndexOf(':');
      try {
        List<SocketAddress> all = new ArrayList<>();
        for (InetAddress one : InetAddress.getAllByName(address.substring(0, colon))) {
          all.add(new InetSocketAddress(one, Integer.parseInt(address.substring(colon + 1))));
        }
        told.onResult(
            ResolutionResult.newBuilder()
                .setAddressesOrError(StatusOr.fromValue(List.of(new EquivalentAddressGroup(all))))
                .build());
      } catch (UnknownHostException | RuntimeException e) {
        told.onError(Status.UNAVAILABLE.withDescription("Cannot resolve " + address).withCause(e));
      }
    }

    @Override
    public void shutdown() {
      listener = null;
    }
  }
}
