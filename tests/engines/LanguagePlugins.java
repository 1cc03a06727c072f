import com.ibm.icu.text.Normalizer2;
import java.io.Reader;
import java.util.Map;
import java.util.function.BiFunction;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.cn.smart.SmartChineseAnalyzer;
import org.apache.lucene.analysis.icu.ICUFoldingFilter;
import org.apache.lucene.analysis.icu.ICUNormalizer2CharFilter;
import org.apache.lucene.analysis.icu.segmentation.ICUTokenizer;
import org.apache.lucene.analysis.ja.JapaneseAnalyzer;
import org.apache.lucene.analysis.ja.JapaneseTokenizer;
import org.apache.lucene.analysis.ko.KoreanAnalyzer;
import org.apache.lucene.analysis.pl.PolishAnalyzer;
import org.apache.lucene.analysis.uk.UkrainianMorfologikAnalyzer;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.index.IndexSettings;
import org.opensearch.index.analysis.AbstractIndexAnalyzerProvider;
import org.opensearch.index.analysis.Analysis;
import org.opensearch.index.analysis.AnalyzerProvider;
import org.opensearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.opensearch.plugins.AnalysisPlugin;
import org.opensearch.plugins.Plugin;

/**
 * The analyzers of analysis-icu, -kuromoji, -nori, -smartcn, -stempel and -ukrainian under the names that those plugins give them.
 * The plugins themselves are not published by coordinate; what they wrap, Lucene's modules, is. As theirs, only Japanese and Ukrainian
 * heed `stopwords`.
 */
public class LanguagePlugins extends Plugin implements AnalysisPlugin {
    @Override
    public Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> getAnalyzers() {
        return Map.of(
            "icu_analyzer", provider((environment, settings) -> new Icu()),
            "kuromoji", provider((environment, settings) -> new JapaneseAnalyzer(
                null, JapaneseTokenizer.Mode.SEARCH,
                Analysis.parseStopWords(environment, settings, JapaneseAnalyzer.getDefaultStopSet()),
                JapaneseAnalyzer.getDefaultStopTags())),
            "nori", provider((environment, settings) -> new KoreanAnalyzer()),
            "smartcn", provider((environment, settings) -> new SmartChineseAnalyzer(SmartChineseAnalyzer.getDefaultStopSet())),
            "polish", provider((environment, settings) -> new PolishAnalyzer(PolishAnalyzer.getDefaultStopSet())),
            "ukrainian", provider((environment, settings) -> new UkrainianMorfologikAnalyzer(
                Analysis.parseStopWords(environment, settings, UkrainianMorfologikAnalyzer.getDefaultStopwords()))));
    }

    private static AnalysisProvider<AnalyzerProvider<? extends Analyzer>> provider(BiFunction<Environment, Settings, Analyzer> make) {
        return (index, environment, name, settings) -> new Provider(index, name, settings, make.apply(environment, settings));
    }

    private static final class Provider extends AbstractIndexAnalyzerProvider<Analyzer> {
        private final Analyzer analyzer;

        Provider(IndexSettings index, String name, Settings settings, Analyzer analyzer) {
            super(index, name, settings);
            this.analyzer = analyzer;
        }

        @Override
        public Analyzer get() {
            return analyzer;
        }
    }

    private static final class Icu extends Analyzer {
        private static final Normalizer2 FOLDED = Normalizer2.getInstance(null, "nfkc_cf", Normalizer2.Mode.COMPOSE);

        @Override
        protected TokenStreamComponents createComponents(String field) {
            Tokenizer words = new ICUTokenizer();
            return new TokenStreamComponents(words, new ICUFoldingFilter(words));
        }

        @Override
        protected Reader initReader(String field, Reader reader) {
            return new ICUNormalizer2CharFilter(reader, FOLDED);
        }
    }
}
