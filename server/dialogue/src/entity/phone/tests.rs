//! Numbers as people write them, and numbers that are no phone's.

use super::*;

fn found(region: &str, text: &str) -> Option<String> {
    find(&mut text.to_owned(), Some(region), Asked::Nothing)
}

#[test]
fn a_national_number_is_read_in_the_sites_region() {
    for (region, text, phone) in [
        ("ES", "call me on 600 111 222 after five", "+34600111222"),
        ("ES", "600.111.222", "+34600111222"),
        ("ES", "34600111222", "+34600111222"),
        ("US", "(202) 555-0143", "+12025550143"),
        ("US", "202/555-0143", "+12025550143"),
        ("US", "202·555·0143", "+12025550143"),
        ("US", "202.555.0143 thanks", "+12025550143"),
        ("US", "cell 202 555 0143, i need 500 pcs", "+12025550143"),
        ("US", "1-202-555-0143", "+12025550143"),
        ("US", "ph# 202-555-0143", "+12025550143"),
        ("US", "(202) 555-0143 x204", "+12025550143"),
        ("US", "202-555-0143 ext. 204", "+12025550143"),
        ("US", "２０２ ５５５ ０１４３", "+12025550143"),
        ("IN", "९८७६५ ४३२१०", "+919876543210"),
        ("IN", "98765 43210 is my no.", "+919876543210"),
        ("IN", "091-9876543210", "+919876543210"),
        ("DE", "meine nummer ist 0171/3920012", "+491713920012"),
        ("DE", "Tel.: 0171 - 392 00 12", "+491713920012"),
        ("DE", "(0171) 3920012", "+491713920012"),
        ("GB", "07911-123-456 ta", "+447911123456"),
        ("GB", "44 7911 123456", "+447911123456"),
        ("FR", "06.12.34.56.78", "+33612345678"),
        ("IT", "347/1234567", "+393471234567"),
        ("IT", "02 1234 5678", "+390212345678"),
        ("BR", "11 9.6123-4567", "+5511961234567"),
        ("MX", "mi cel 044 55 1234 5678", "+525512345678"),
        ("AR", "011 15 2345-6789", "+5491123456789"),
        ("US", "on 2026-11-25 or 202 555 0143", "+12025550143"),
        ("ES", "el 25.11.2026 al 600 111 222", "+34600111222"),
    ] {
        assert_eq!(found(region, text).as_deref(), Some(phone), "{text}");
    }
}

#[test]
fn a_number_with_its_country_is_read_by_itself() {
    for (text, phone) in [
        ("+34 600 11 12 22", "+34600111222"),
        ("tel:+1-202-555-0143", "+12025550143"),
        ("call +1(202)555-0143!", "+12025550143"),
        ("(+34) 600 111 222", "+34600111222"),
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("+49 (0) 171 / 392 00 12", "+491713920012"),
        ("0044 20 7946 0018", "+442079460018"),
        ("+٣٤٦٠٠١١١٢٢٢", "+34600111222"),
        ("＋34 600 111 222", "+34600111222"),
        ("wa.me/919876543210", "+919876543210"),
        ("https://api.whatsapp.com/send?phone=34600111222", "+34600111222"),
        ("+52 1 55 1234 5678", "+525512345678"),
        ("my order 1234, whatsapp +34 600 111 222", "+34600111222"),
        ("+39 02 1234 5678", "+390212345678"),
    ] {
        for region in ["US", "GB", "DE", "ES"] {
            assert_eq!(found(region, text).as_deref(), Some(phone), "{text} in {region}");
        }
    }
}

#[test]
fn numbers_of_other_things_are_no_phones() {
    for (region, text) in [
        ("US", "order #2025550143 is late"),
        ("US", "2025550143 is my order number"),
        ("US", "ISBN 978-0-306-40615"),
        ("US", "SKU 2125550143-XL in stock?"),
        ("US", "2125550143-XL"),
        ("US", "AB2025550143"),
        ("US", "I paid $2,025,550,143 lol"),
        ("US", "$2025550143"),
        ("US", "2025550143 €"),
        ("US", "2026-11-25 10:30"),
        ("US", "card 4111 1111 1111 1111"),
        ("US", "192.168.100.10"),
        ("US", "1-800-FLOWERS is you?"),
        ("DE", "IBAN DE89 3704 0044 0532 0130 00"),
        ("DE", "meine bestellnummer ist 3023125000"),
        ("DE", "3023125000"),
        ("DE", "Rechnungsnr. 03012345678"),
        ("ES", "mi pedido es el 600111222"),
        ("ES", "mi pedido 600111222 no llega"),
        ("ES", "factura: 600111222"),
        ("FR", "ma commande 0612345678"),
        ("IT", "il mio ordine è 3471234567"),
        ("BR", "o número do pedido é 11961234567"),
        ("ES", "+12"),
    ] {
        assert_eq!(found(region, text), None, "{text}");
    }
    assert_eq!(parse("12345678901", Some("ES")), None);
    assert_eq!(parse("600111222", None), None);
    assert_eq!(parse(&"6".repeat(4000), Some("ES")), None);
}

#[test]
fn what_was_asked_for_decides_about_bare_digits() {
    let asked_order = |region: &str, text: &str| find(&mut text.to_owned(), Some(region), Asked::Order);

    assert_eq!(asked_order("ES", "612345678").as_deref(), Some("+34612345678"));
    assert_eq!(asked_order("US", "2025550143"), None);
    assert_eq!(asked_order("US", "(202) 555-0143").as_deref(), Some("+12025550143"));
    assert_eq!(asked_order("ES", "pedido 612345678"), None);
    assert_eq!(parse("171 3920012", Some("DE")).as_deref(), Some("+491713920012"));
    assert_eq!(parse("34600111222", Some("US")).as_deref(), Some("+34600111222"));
}

#[test]
fn the_last_of_several_is_taken_and_none_is_read_again() {
    let mut text = "202 555 0143 / 202 555 0144, order AB-1001".to_owned();

    let found = find(&mut text, Some("US"), Asked::Nothing);

    assert_eq!(found.as_deref(), Some("+12025550144"));
    assert_eq!(text.split_whitespace().collect::<Vec<_>>().join(" "), "/ , order AB-1001");
}
