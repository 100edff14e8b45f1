//! Exports, feeds and pages as shops have them.

use super::*;

const SHOPIFY: &str = "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Status\n\
cedar-salt,Cedar & Salt,\"<p>Driftwood,\nsea air</p>\",Tidewater,Candles,,true,Size,220 g,CS-1,12,deny,28.00,active\n\
cedar-salt,,,,,,,,400 g,CS-2,0,deny,44.50,\n\
gift,\"Gift \"\"Box\"\"\",,Tidewater,,,true,Title,Default Title,,0,continue,1299.00,active\n\
old,Old one,,Tidewater,,,true,Title,Default Title,,3,deny,5,archived\n\
,No handle,,,,,,,,,,,,\n";

fn euros(text: &str) -> Read {
    read(text, Setting { currency: Some("EUR"), origin: Some("https://shop.example") }).unwrap()
}

fn facts(product: &Product) -> Vec<String> {
    let told = product.facts.iter().map(|(key, value)| match value {
        Value::Text(text) => format!("{key} {text}"),
        Value::List(list) => format!("{key} {}", list.join("|")),
        Value::Count(count) => format!("{key} {count}"),
        Value::Flag(is_so) => format!("{key} {is_so}"),
    });
    told.collect()
}

#[test]
fn shopifys_variants_come_together_and_what_is_hidden_is_left_out() {
    let read = euros(SHOPIFY);

    let [candle, gift] = &read.products[..] else { panic!("{:?}", read.products) };
    assert_eq!(candle.name, "Cedar & Salt");
    assert_eq!(candle.kind.as_deref(), Some("candles"));
    assert_eq!(candle.link.as_deref(), Some("https://shop.example/products/cedar-salt"));
    assert_eq!(facts(candle), ["price €28–€44.50", "sizes 220 g|400 g", "stock 12"]);
    assert_eq!(
        (gift.name.as_str(), facts(gift)),
        ("Gift \"Box\"", vec!["price €1299".to_owned(), "stock true".to_owned()])
    );
    assert_eq!(read.left_out, ["line 7: has no handle", "line 6: \"old\" is not published"]);
}

#[test]
fn an_export_without_a_currency_says_what_to_add() {
    let error = read(SHOPIFY, Setting::default()).unwrap_err();

    assert!(error.contains("--currency EUR"), "{error}");
}

#[test]
fn googles_feed_is_read_from_tabs_and_from_xml_alike() {
    let tabs = "id\ttitle\tlink\tprice\tsale_price\tavailability\titem_group_id\tsize\tproduct_type\n\
                1\tLinen Shirt - S\thttps://shop.example/s\t60.00 EUR\t48.00 EUR\tout_of_stock\tG\tS\tClothes > Shirts\n\
                2\tLinen Shirt - M\thttps://shop.example/m\t60.00 EUR\t\tin_stock\tG\tM\tClothes > Shirts\n\
                3\t\t\t\t\t\t\t\t\n";
    let xml = "<?xml version=\"1.0\"?>\n<rss xmlns:g=\"http://base.google.com/ns/1.0\"><channel><title>Shop</title>\n\
               <item><title>Cedar &amp; Salt</title><g:price>28,50 EUR</g:price><g:availability>in stock</g:availability></item>\n\
               </channel></rss>";

    let (tabs, xml) = (euros(tabs), euros(xml));

    let [shirt] = &tabs.products[..] else { panic!("{:?}", tabs.products) };
    assert_eq!((shirt.name.as_str(), shirt.kind.as_deref()), ("Linen Shirt", Some("shirts")));
    assert_eq!(facts(shirt), ["price €48–€60", "sizes S|M", "stock true"]);
    assert_eq!(tabs.left_out, ["line 4: has no title"]);
    let [candle] = &xml.products[..] else { panic!("{:?}", xml.products) };
    assert_eq!(
        (candle.name.as_str(), facts(candle)),
        ("Cedar & Salt", vec!["price €28.50".to_owned(), "stock true".to_owned()])
    );
}

#[test]
fn a_page_is_read_by_what_it_tells_search_engines() {
    let html = r#"<!doctype html><html><head><title>x</title><script>var a = "<script type='application/ld+json'>";</script>
        <script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"BreadcrumbList"},
        {"@type":"Product","name":"Fig Leaf","url":"/fig","category":"Home > Candles","weight":{"value":220,"unitText":"g"},
        "additionalProperty":[{"@type":"PropertyValue","name":"Burn time","value":"45 hours"}],
        "offers":{"@type":"Offer","price":"30.00","priceCurrency":"EUR","availability":"https://schema.org/OutOfStock"}}]}</script></head></html>"#;

    let read = euros(html);

    let [fig] = &read.products[..] else { panic!("{:?}", read.products) };
    assert!(read.is_page);
    assert_eq!((fig.link.as_deref(), fig.kind.as_deref()), (Some("https://shop.example/fig"), Some("candles")));
    assert_eq!(facts(fig), ["burn_time 45 hours", "price €30", "stock false", "weight 220 g"]);
}

#[test]
fn what_is_no_list_of_products_says_so() {
    for (text, says) in
        [("", "empty"), ("a,b\n1,2\n", "no product export"), ("<html></html>", "no JSON-LD"), ("{", "JSON")]
    {
        let error = read(text, Setting::default()).unwrap_err();
        assert!(error.contains(says), "{text:?}: {error}");
    }
}

#[test]
fn a_file_that_was_written_reads_back_and_one_that_was_edited_is_kept() {
    let products = euros(SHOPIFY).products;

    let text = write(&products, "en");

    assert_eq!(parse(&text).map(|written| written.products), Ok(products.clone()));
    assert_eq!(parse(&text.replace("€28", "€29")), Err(Edited::ByHand));
    assert_eq!(parse("[[item]]\nname = \"Mine\"\n"), Err(Edited::Foreign));
    let files = [sidedoor_dialogue::SourceFile { path: "intents/items.toml".into(), text }];
    assert_eq!(sidedoor_dialogue::parse(&files).unwrap().items().len(), products.len());
    assert_eq!(Changes::between(&products, &products[1..]), Changes { new: 0, changed: 0, gone: 1 });
}
