import java.nio.file.Path;
import org.codelibs.opensearch.runner.OpenSearchRunner;

/** One OpenSearch node on loopback until standard input ends. Arguments: folder, HTTP port, transport port. */
public final class OpenSearchNode {
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[1]);
        OpenSearchRunner runner = new OpenSearchRunner();
        runner.setMaxHttpPort(port + 1);  // its own limit lies below the ports that a kernel gives out
        runner.onBuild((number, builder) -> {
            builder.putList("node.roles", "cluster_manager", "data", "ingest");  // the runner's own list lacks `ingest`
            builder.put("http.port", port);
            builder.put("transport.port", args[2]);
            builder.put("network.host", "127.0.0.1");
            builder.put("cluster.routing.allocation.disk.threshold_enabled", false);  // a full disk of the machine is no test of ours
            builder.put("http.max_content_length", "1mb");  // as a proxy has it in front of many servers
            builder.put("action.auto_create_index", false);  // what is not made on purpose is a bug
        });
        runner.build(OpenSearchRunner.newConfigs()
            .clusterName("newsflow-" + args[1])
            .basePath(Path.of(args[0]).toString())
            .numOfNode(1)
            .baseHttpPort(port - 1)
            .pluginTypes("LanguagePlugins")
            .useLogger());
        // Whoever starts it asks its health, with more patience than the runner's own, which gives up after half a minute.
        while (System.in.read() >= 0) { }
        runner.close();
        System.exit(0);
    }
}
